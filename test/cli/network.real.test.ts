import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";

const service = (command: string): string => `image: ../image, command: [${command}], stop_signal: SIGKILL`;

test("networks are listed and shown while another process holds the lock, and one that outlived its stack is pruned", async () => {
  await using home = await anInstance();
  const port = await freePort();
  await home.write(
    "shop/compose.yaml",
    `name: shop\nservices: {web: {${service('httpd, -f, -p, "80"')}, ports: ["${port}:80"], networks: [edge]}}\nnetworks: {edge: {name: edge}}\n`,
  );
  await home.write(
    "blog/compose.yaml",
    `name: blog\nservices: {app: {${service('sleep, "1000"')}, networks: [edge]}}\nnetworks: {edge: {external: true}}\n`,
  );
  const watching = home.spawn(["reconcile", "--watch"]);
  const published = `Port ${port}/tcp of all addresses of the host leads to shop-web-1 port 80.`;
  const shown = await until("the port is published, and told", async () => {
    const { stdout } = await home.run(["network", "inspect", "edge"]);
    return stdout.includes(published) && stdout.includes("blog-app-1") && stdout;
  });
  expect(shown).toMatch(/^ {2}shop-web-1 +\d[\d.]+ +eth0 +running$/m);
  expect(shown).toMatch(/^ {2}shop\/web +\d[\d.]+ +shop-web-1$/m);
  expect(shown).toContain("answers (dnsmasq)");
  expect(await list(home)).toMatchObject([
    { name: "edge", stack: "shop", driver: "bridge", containers: ["blog-app-1", "shop-web-1"] },
  ]);
  watching.signal("SIGINT");
  await watching.ended;

  const { stderr } = await home.run(["down", "shop"]);
  expect(stderr).toContain("Network edge stays: stack blog is on it; it goes with that one.\n");
  await rm(join(home.folder, "shop"), { recursive: true });
  await home.write("blog/compose.yaml", `name: blog\nservices: {app: {${service('sleep, "1000"')}}}\n`);
  await home.run(["reconcile"]);
  expect(await home.run(["network", "prune"])).toMatchObject({ exitCode: 0, stdout: "edge\n" });
  await home.run(["down", "blog"]);
  expect(await list(home)).toEqual([]);
});

test("down names a network that stays, as a container of a run is on it, and fails; without that it is gone", async () => {
  await using home = await anInstance();
  const networks = "networks: {edge: {name: edge}}";
  const web = `{${service('sleep, "1000"')}, networks: [edge]}`;
  await home.write("shop/compose.yaml", `name: shop\nservices: {web: ${web}}\n${networks}\n`);
  await home.run(["reconcile"]);
  await using visitor = home.spawn(["run", "--rm", "shop/web", "sh", "-c", "echo ready; exec sleep 1000"]);
  await visitor.prints("ready");

  const first = await home.run(["down", "shop"]);
  expect(first.stderr).toMatch(/^Not gone yet: network edge\. Run it again\.$/m);
  expect(first.exitCode).toBe(1);
  visitor.signal("SIGKILL");
  await visitor.ended;
  const second = await home.run(["down", "--all"]);
  expect(second.stderr).toMatch(/^Gone: shop\.$/m);
  expect(second.exitCode).toBe(0);
  expect(await list(home)).toEqual([]);
});

async function list(home: TestInstance): Promise<readonly object[]> {
  const { stdout } = await home.run(["network", "ls", "--format", "json"]);
  return (JSON.parse(stdout) as { networks: readonly object[] }).networks;
}
