import { expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

test("scale overrules the file, beside an agent and without one, until the file changes or it is taken back", async () => {
  await using instance = await anInstance();
  await write(instance, 1);
  await using agent = instance.spawn(["reconcile", "--watch"]);
  await agent.prints("Watching");

  const asked = await instance.run(["scale", "app/web=3"]);
  expect(asked).toMatchObject({ exitCode: 0, stderr: "Whoever reconciles here sees to it.\n" });
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
