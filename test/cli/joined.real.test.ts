import { expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";

const stack = (mode: string): string => `
name: side
services:
  app:
    image: ./image
    command: [sleep, "1000"]
    network_mode: service:vpn
    ipc: service:vpn
    stop_signal: SIGKILL
    deploy: {update_config: {monitor: 100ms}}
  vpn:
    image: ./image
    command: [sleep, "1000"]
    hostname: tunnel
    ipc: shareable
    stop_signal: SIGKILL
    deploy: {update_config: {monitor: 100ms}}
    environment: {MODE: ${mode}}
`;

async function names(home: TestInstance): Promise<readonly string[]> {
  const line = "hostname; for kind in net ipc; do readlink /proc/self/ns/$kind; done; stat -c %D /dev/shm";
  const exec = async (service: string): Promise<string> =>
    (await home.run(["exec", "-T", `side/${service}`, "sh", "-c", line])).stdout;
  return [await exec("app"), await exec("vpn")];
}

test("a service on the network and IPC namespace of another one goes and comes with it, the plan says why, and then there is nothing to do", async () => {
  await using home = await anInstance();
  await home.write("compose.yaml", stack("one"));
  expect(await home.run(["up", "--wait"])).toMatchObject({ exitCode: 0 });
  const [app = "", vpn] = await names(home);
  expect(app).toMatch(/^tunnel\nnet:\S+\nipc:\S+\n\S+\n$/);
  expect(app).toBe(vpn);

  await home.write("compose.yaml", stack("two"));
  const { stdout } = await home.run(["up", "--dry-run"]);
  expect(stdout).toContain("it shares namespaces of vpn, which is replaced");
  const order = [...stdout.matchAll(/\d+  (create|start|stop) +(side-\S+(?: \(old\))?)/g)].map(
    ([, kind, name]) => `${kind} ${name}`,
  );
  expect(order).toEqual([
    "create side-vpn-1",
    "create side-app-1",
    "stop side-app-1 (old)",
    "stop side-vpn-1 (old)",
    "start side-vpn-1",
    "start side-app-1",
  ]);
  expect(await home.run(["up", "--wait"])).toMatchObject({ exitCode: 0 });
  const [after, vpnAfter] = await names(home);
  expect(after).toBe(vpnAfter);
  expect(after).not.toBe(app);
  expect((await home.run(["up", "--dry-run", "--detailed-exitcode"])).exitCode).toBe(0);
});

test("a service on the network of a container of another stack comes after it, follows it, and an error names its line where it is missing", async () => {
  await using home = await anInstance();
  const service = (name: string, more: string): string =>
    `name: ${name}\nservices:\n  main:\n    image: ../image\n    command: [sleep, "1000"]\n    stop_signal: SIGKILL\n    deploy: {update_config: {monitor: 100ms}}\n${more}`;
  const vpn = (mode: string): string =>
    service("vpn", `    ipc: shareable\n    networks: [edge]\n    environment: {MODE: ${mode}}\n${network}`);
  const network = "networks: {edge: {name: edge}}\n";
  const app = service("app", "    network_mode: container:vpn-main-1\n    ipc: container:vpn-main-1\n");
  await home.write("app/compose.yaml", app);
  await home.write("vpn/compose.yaml", vpn("one"));
  const missing = await home.run(["up", "-f", "app/compose.yaml"]);
  expect(missing.exitCode).not.toBe(0);
  expect(missing.stderr).toContain("app/compose.yaml:8:5");
  expect(missing.stderr).toContain("there is no container vpn-main-1");

  const namespaces = async (stack: string): Promise<string> => {
    const kinds = "for kind in net ipc; do readlink /proc/self/ns/$kind; done; hostname";
    return (await home.run(["exec", "-T", `${stack}/main`, "sh", "-c", kinds])).stdout;
  };
  expect(await home.run(["up", "-f", "vpn/compose.yaml"])).toMatchObject({ exitCode: 0 });
  expect(await home.run(["up", "-f", "app/compose.yaml"])).toMatchObject({ exitCode: 0 });
  const before = await namespaces("app");
  expect(before).toMatch(/^net:\S+\nipc:\S+\n\S+\n$/);
  expect(before).toBe(await namespaces("vpn"));

  await home.write("vpn/compose.yaml", vpn("two"));
  expect(await home.run(["up", "-f", "vpn/compose.yaml"])).toMatchObject({ exitCode: 0 });
  expect((await home.run(["up", "-f", "app/compose.yaml", "--dry-run"])).stdout).toContain(
    "it shares namespaces of vpn-main-1, which has been replaced",
  );
  expect(await home.run(["up", "-f", "app/compose.yaml"])).toMatchObject({ exitCode: 0 });
  expect(await namespaces("app")).toBe(await namespaces("vpn"));
  expect(await namespaces("app")).not.toBe(before);

  const caller =
    "    networks: [edge]\n    external_links: [vpn-main-1:tunnel]\nnetworks: {edge: {external: true}}\n";
  await home.write("caller/compose.yaml", service("caller", caller));
  expect(await home.run(["up", "-f", "caller/compose.yaml"])).toMatchObject({ exitCode: 0 });
  const lookup = await home.run(["exec", "-T", "caller/main", "nslookup", "tunnel."]);
  const [tunnel] = (await home.ps()).filter(({ stack }) => stack === "vpn");
  expect(lookup.stdout).toContain(tunnel?.addresses[0] ?? "an address");
});
