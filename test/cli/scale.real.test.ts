import { expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

test("scale overrules the file, beside an agent and without one, until the file changes or it is taken back", async () => {
  await using instance = await anInstance();
  await write(instance, 1);
  await using agent = instance.spawn(["reconcile", "--watch"]);
  await agent.prints("Watching");

  const asked = await instance.run(["scale", "app/web=3"]);
  expect(asked).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(
      /^.*warning: services\.web is scaled to 3 until its stack's files change; they say 1\nWhoever reconciles here sees to it\.\n$/,
    ) as string,
  });
  await agent.prints("services.web is scaled to 3 until its stack's files change; they say 1");
  await haveRunning(instance, ["app-web-1", "app-web-2", "app-web-3"]);

  await write(instance, 2);
  await haveRunning(instance, ["app-web-1", "app-web-2"]);
  agent.signal("SIGINT");
  await agent.ended;

  await instance.run(["scale", "app/web=0"]);
  const dry = await instance.run(["reconcile", "--dry-run"]);
  expect(dry.stdout).toContain("- web  2 replicas, scaled down to 0");
  await instance.run(["reconcile"]);
  await haveRunning(instance, []);
  await instance.run(["scale", "--reset", "app/web"]);
  await instance.run(["reconcile"]);
  await haveRunning(instance, ["app-web-1", "app-web-2"]);

  for (const wrong of ["app/web", "app/web=-1", "app/web=many", "app/nobody=2"]) {
    expect(await instance.run(["scale", wrong]), wrong).toMatchObject({ exitCode: 2 });
  }
});

test("what can have one replica only is not scaled: it is said at once, with the line, and nothing is left to be done", async () => {
  await using instance = await anInstance();
  const quickly = "stop_signal: SIGKILL, deploy: { update_config: { monitor: 100ms } }";
  const each = `image: ./image, command: [sleep, infinity], ${quickly}`;
  const port = await freePort();
  await instance.write(
    "compose.yaml",
    `
name: app
services:
  web: { ${each}, ports: [{ target: 80, published: ${port}, mode: host }] }
  vpn: { ${each} }
  side: { ${each}, network_mode: service:vpn }
`,
  );
  await instance.run(["reconcile", "--wait"]);

  const asked = await instance.run(["scale", "app/web=3", "app/side=2", "app/vpn=2"]);
  expect(asked).toMatchObject({ exitCode: 2, stdout: "" });
  expect(asked.stderr).toBe(
    `
compose.yaml:4:3: error: services.web of app is not scaled to 3: port ${port} is in mode host, and can be that of one replica only
    Leave mode away, so that the port leads to all replicas.
compose.yaml:5:3: error: services.vpn of app is not scaled to 2: services.side.network_mode names it, and only a service with one replica can share its namespaces
    Remove that, or leave vpn at one replica.
`.trimStart(),
  );
  const dry = await instance.run(["reconcile", "--dry-run", "--detailed-exitcode"]);
  expect(dry).toMatchObject({ exitCode: 0, stderr: "" });
});

test("whoever is ill leaves first, the others go on under their names, and gaps are filled first", async () => {
  await using instance = await anInstance();
  const probe = "{ test: test ! -e /run/ill, interval: 100ms, retries: 1 }";
  await write(instance, 3, `, restart: "no", tmpfs: [/run], healthcheck: ${probe}`);
  await using agent = instance.spawn(["reconcile", "--watch"]);
  await agent.prints("Watching");
  const before = await instance.pids();
  await instance.run(["exec", "app-web-2", "touch", "/run/ill"]);
  await until("it is found ill", async () => (await instance.ps())[1]?.health === "unhealthy");

  await instance.run(["scale", "app/web=2"]);
  await haveRunning(instance, ["app-web-1", "app-web-3"]);
  await instance.run(["scale", "app/web=4"]);
  await haveRunning(instance, ["app-web-1", "app-web-2", "app-web-3", "app-web-4"]);
  const { "app-web-1": first, "app-web-3": third } = await instance.pids();
  expect([first, third]).toEqual([before["app-web-1"], before["app-web-3"]]);
});

function write(instance: TestInstance, replicas: number, more = ""): Promise<unknown> {
  const web = `{ image: ./image, command: [sleep, infinity], stop_signal: SIGKILL, deploy: { replicas: ${replicas} }${more} }`;
  return instance.write("compose.yaml", `name: app\nservices:\n  web: ${web}\n`);
}

function haveRunning(instance: TestInstance, names: readonly string[]): Promise<unknown> {
  return until(`just these run: ${names.join(" ")}`, async () => {
    const running = (await instance.ps()).filter(({ state }) => state === "running");
    return running.map(({ name }) => name).join() === names.join();
  });
}
