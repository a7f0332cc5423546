import { expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

test("a service is stopped, stays so, is started with the same containers, and is restarted with new ones", async () => {
  await using instance = await anInstance();
  const service = "{ image: ./image, command: [sleep, infinity], stop_signal: SIGKILL, restart: 'no' }";
  await instance.write("compose.yaml", `name: app\nservices:\n  web: ${service}\n  db: ${service}\n`);
  await instance.run(["reconcile"]);
  const before = await ids(instance);

  expect(await instance.run(["stop", "app/web"])).toMatchObject({ exitCode: 0 });
  const dry = await instance.run(["reconcile", "--dry-run"]);
  expect(dry.stderr).toContain("warning: app/web is stopped by");
  expect(dry.stdout).toContain("web  1 replica, stopped by");
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
  expect(await running(instance)).toEqual(["app-db-1"]);
  const ps = await instance.run(["ps"]);
  expect(ps.stderr).toContain("stopped: app/web by");

  await using agent = instance.spawn(["reconcile", "--watch"]);
  await agent.prints("Watching");
  expect(await running(instance)).toEqual(["app-db-1"]);
  await instance.run(["start", "app"]);
  await until("both run", async () => (await running(instance)).length === 2);
  expect(await ids(instance)).toEqual(before);

  await instance.run(["restart", "app/web"]);
  await agent.prints("x-restarted-at");
  await until("another one runs", async () => {
    const after = await ids(instance);
    return after["app-web-1"] !== before["app-web-1"] && (await running(instance)).length === 2;
  });
  expect((await ids(instance))["app-db-1"]).toBe(before["app-db-1"]);
  const { stdout } = await instance.run(["events", "app/web"]);
  expect(stdout).toMatch(/ stop-asked [^]* start-asked [^]* restart-asked /);
  expect(await instance.run(["restart", "app/nobody"])).toMatchObject({ exitCode: 2 });
});

async function ids(instance: TestInstance): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries((await instance.ps()).map(({ name, id }) => [name, id]));
}

async function running(instance: TestInstance): Promise<readonly string[]> {
  const up = (await instance.ps()).filter(({ state }) => state === "running");
  return up.map(({ name }) => name).sort();
}
