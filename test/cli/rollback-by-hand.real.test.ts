import { expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

test("rollback brings the last good revision back and stays, beside an agent and without one; history tells", async () => {
  await using instance = await anInstance();
  for (const word of ["one", "two"]) {
    await write(instance, word);
    expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
  }
  expect(await words(instance)).toEqual(["two"]);
  expect(await instance.run(["rollout", "status", "app"])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^stack app: revision \w+ stands\n$/) as string,
  });

  expect(await instance.run(["rollback", "app", "--reason", "it is slow"])).toMatchObject({ exitCode: 0 });
  const dry = await instance.run(["reconcile", "--dry-run"]);
  expect(dry).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining("stack app is rolled back by") as string,
  });
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 5 });
  expect(await words(instance)).toEqual(["one"]);
  const before = (await instance.ps()).map(({ id }) => id);
  expect(await instance.run(["restart", "app"])).toMatchObject({ exitCode: 0 });
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 5 });
  expect(await words(instance)).toEqual(["one"]);
  expect((await instance.ps()).map(({ id }) => id)).not.toEqual(before);
  expect(await instance.run(["rollout", "status", "--watch", "app"])).toMatchObject({ exitCode: 5 });
  expect(await history(instance)).toMatchObject([
    {
      result: "rolled back",
      inForce: false,
      kept: true,
      message: expect.stringMatching(/it is slow/) as string,
    },
    { result: "good", inForce: true, kept: true },
  ]);

  await using agent = instance.spawn(["reconcile", "--watch"]);
  await agent.prints("Watching");
  expect(await words(instance)).toEqual(["one"]);
  const [newest] = await history(instance);
  await instance.run(["rollout", "undo", "app", "--to", newest?.revision ?? ""]);
  await until("the newest runs", async () => (await words(instance)).join() === "two");

  await instance.run(["rollout", "undo", "app"]);
  await until("the one before runs", async () => (await words(instance)).join() === "one");
  await write(instance, "three");
  await until("another one runs", async () => (await words(instance)).join() === "three");
  expect(await instance.run(["rollback", "app", "--to", "0000"])).toMatchObject({ exitCode: 2 });
});

function write(instance: TestInstance, word: string): Promise<unknown> {
  const web = `{ image: ./image, command: [sleep, infinity], stop_signal: SIGKILL, environment: { WORD: ${word} }, deploy: { update_config: { monitor: 100ms } } }`;
  return instance.write("compose.yaml", `name: app\nservices:\n  web: ${web}\n`);
}

/** Of the containers that run. */
async function words(instance: TestInstance): Promise<readonly string[]> {
  const running = (await instance.ps()).filter(({ state }) => state === "running");
  const shown = running.map(async ({ name }) => {
    const { stdout } = await instance.run(["exec", "-T", name, "sh", "-c", "echo $WORD"]);
    return stdout.trim();
  });
  return Promise.all(shown);
}

interface Revision {
  readonly revision: string;
  readonly result: string;
  readonly inForce: boolean;
  readonly kept: boolean;
  readonly message: string | null;
}

async function history(instance: TestInstance): Promise<readonly Revision[]> {
  const { stdout } = await instance.run(["rollout", "history", "app", "--format", "json"]);
  return (JSON.parse(stdout) as { revisions: readonly Revision[] }).revisions;
}
