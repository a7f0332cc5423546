import { expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

test("a suspended stack is held beside an agent and without one, restarts what crashes, and goes on when it is resumed", async () => {
  await using instance = await anInstance();
  await write(instance, "one");
  await using agent = instance.spawn(["reconcile", "--watch"]);
  await agent.prints("Watching");

  expect(await instance.run(["suspend", "app", "--reason", "a look"])).toMatchObject({ exitCode: 0 });
  await agent.prints("stack app is suspended by");
  await write(instance, "two");
  await agent.prints("Not done while it is suspended by");
  const [before] = await instance.ps();
  await instance.kill("app-web-1");
  await until("it is restarted as it was", async () => {
    const [now] = await instance.ps();
    return now?.id === before?.id && now?.restarts === 1 && now.state === "running";
  });
  agent.signal("SIGINT");
  await agent.ended;

  const dry = await instance.run(["reconcile", "--dry-run"]);
  expect(dry.stdout).toMatch(/Not done while it is suspended by .*: a look\n.*web/);
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
  expect(await instance.run(["ps"])).toMatchObject({
    stderr: expect.stringContaining("suspended: stack app by") as string,
  });
  expect((await instance.ps()).map(({ id }) => id)).toEqual([before?.id]);

  expect(await instance.run(["resume", "app"])).toMatchObject({ exitCode: 0 });
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  expect((await instance.ps()).map(({ id }) => id)).not.toContain(before?.id);
  const { stdout } = await instance.run(["events", "app"]);
  expect(stdout).toMatch(/ suspend +app +by .*: a look\n[^]* resume +app +by /);
  expect(await instance.run(["suspend", "nobody"])).toMatchObject({ exitCode: 2 });
});

test("a suspension ends by itself, also while an agent watches", async () => {
  await using instance = await anInstance();
  await write(instance, "one");
  await instance.run(["reconcile"]);
  await instance.run(["suspend", "app", "--for", "5s"]);
  await write(instance, "two");
  const [before] = await instance.ps();
  await using agent = instance.spawn(["reconcile", "--watch"]);
  await until("another one took its place", async () => (await instance.ps())[0]?.id !== before?.id);
  await agent.prints("Watching");
});

function write(instance: TestInstance, word: string): Promise<unknown> {
  const web = `{ image: ./image, command: [sleep, infinity], stop_signal: SIGKILL, environment: { WORD: ${word} } }`;
  return instance.write("compose.yaml", `name: app\nservices:\n  web: ${web}\n`);
}
