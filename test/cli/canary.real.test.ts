import { expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

test("an update waits after its canary, is told of, and goes on when it is promoted", async () => {
  await using instance = await anInstance();
  await write(instance, "one");
  const first = await instance.run(["reconcile", "--wait"]);
  expect(first.exitCode, first.stderr).toBe(0);
  const before = await ids(instance);

  await write(instance, "two");
  const { exitCode, stdout, stderr } = await instance.run(["reconcile", "--wait"]);
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toContain("web waits after 1 of 3 replicas until it is promoted");
  expect(stderr).toContain("rollout promote app/web` lets it go on");
  expect(await replaced(instance, before)).toEqual(["app-web-1"]);
  expect(await instance.run(["rollout", "status", "app"])).toMatchObject({ exitCode: 4 });

  expect((await instance.run(["ps"])).stderr).toContain("waits: app/web after its first new replicas");
  const { stdout: listed } = await instance.run(["ps", "--format", "json"]);
  expect(JSON.parse(listed)).toMatchObject({ holds: [{ kind: "canary", stack: "app", service: "web" }] });

  await using agent = instance.spawn(["reconcile", "--watch"]);
  await agent.prints("Watching");
  expect(await replaced(instance, before)).toEqual(["app-web-1"]);
  expect(await instance.run(["rollout", "promote", "app/web"])).toMatchObject({ exitCode: 0 });
  await until("all are replaced", async () => (await replaced(instance, before)).length === 3);
});

function write(instance: TestInstance, word: string): Promise<unknown> {
  const web = `{ image: ./image, command: [sleep, infinity], stop_signal: SIGKILL, environment: { WORD: ${word} }, deploy: { replicas: 3, update_config: { monitor: 100ms } }, x-rollout: { canary: 1 } }`;
  return instance.write("compose.yaml", `name: app\nservices:\n  web: ${web}\n`);
}

async function ids(instance: TestInstance): Promise<readonly string[]> {
  return (await instance.ps()).map(({ id }) => id);
}

/** Names of running containers that were not there before. */
async function replaced(instance: TestInstance, before: readonly string[]): Promise<readonly string[]> {
  const news = (await instance.ps()).filter(({ id, state }) => !before.includes(id) && state === "running");
  return news.map(({ name }) => name).sort();
}
