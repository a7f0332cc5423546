import { expect, test } from "vitest";
import { anInstanceRunning, type TestInstance } from "../support/instance.ts";

const patiently = { withinMs: 60_000 };

test("an update that is paused in the middle brings to its end what it has begun, and goes on when it is resumed", async () => {
  await using instance = await anInstanceRunning(stackFile("one"));
  const before = new Set((await instance.ps()).map(({ id }) => id));
  await instance.write("compose.yaml", stackFile("two"));
  await using agent = instance.spawn(["reconcile", "--watch"]);
  await agent.prints(/✓ start +app-web-1/, patiently);

  expect(await instance.run(["rollout", "pause", "app", "--reason", "a look"])).toMatchObject({
    exitCode: 0,
  });
  await agent.prints("stack app is paused by", patiently);
  await makeWell(instance, before);
  await agent.prints(/✓ remove +app-web-1/, patiently);
  expect(await namesOfOthers(instance, before)).toEqual(["app-web-1"]);
  expect(await instance.run(["rollout", "status", "app"])).toMatchObject({
    exitCode: 4,
    stdout: expect.stringMatching(/\npaused: stack app by .*: a look\n$/) as string,
  });

  expect(await instance.run(["rollout", "resume", "app"])).toMatchObject({ exitCode: 0 });
  await agent.prints(/✓ start +app-web-2/, patiently);
  await makeWell(instance, before);
  await agent.prints(/✓ remove +app-web-2/, patiently);
  expect(await namesOfOthers(instance, before)).toEqual(["app-web-1", "app-web-2"]);
});

test("who holds a stack is heard by a run that is under way, also where it carries out a saved plan", async () => {
  await using instance = await anInstanceRunning(stackFile("one"));
  const before = new Set((await instance.ps()).map(({ id }) => id));
  await instance.write("compose.yaml", stackFile("two"));
  await using run = instance.spawn(["reconcile", "--wait"]);
  await run.prints(/✓ start +app-web-1/, patiently);
  await instance.run(["rollout", "pause", "app"]);
  await run.prints("stack app is paused by", patiently);
  await makeWell(instance, before);
  expect(await run.ended).toMatchObject({ exitCode: 0 });
  expect(await namesOfOthers(instance, before)).toEqual(["app-web-1"]);

  await instance.run(["rollout", "resume", "app"]);
  await instance.run(["reconcile", "--dry-run", "--out", "plan.json"]);
  await using applied = instance.spawn(["apply", "plan.json", "--wait"]);
  await applied.prints(/✓ start +app-web-2/, patiently);
  await instance.run(["suspend", "app"]);
  await applied.prints("stack app is suspended by", patiently);
  await makeWell(instance, before);
  expect(await applied.ended).toMatchObject({ exitCode: 0 });
});

async function namesOfOthers(
  instance: TestInstance,
  before: ReadonlySet<string>,
): Promise<readonly string[]> {
  return (await instance.ps()).filter(({ id }) => !before.has(id)).map(({ name }) => name);
}

/** All that was not there before is healthy from now on. */
async function makeWell(instance: TestInstance, before: ReadonlySet<string>): Promise<void> {
  for (const { id } of await instance.ps()) {
    if (!before.has(id)) await instance.run(["exec", id, "touch", "/run/well"]);
  }
}

/** The first revision is healthy by itself. */
function stackFile(word: string): string {
  return `name: app
services:
  web:
    image: ./image
    command: [sleep, infinity]
    stop_signal: SIGKILL
    environment: { WORD: ${word} }
    tmpfs: [/run]
    healthcheck:
      test: test "$$WORD" = one || test -e /run/well
      interval: 100ms
      start_period: 1h
      start_interval: 100ms
    deploy: { replicas: 2, update_config: { monitor: 100ms } }
    x-rollout: { healthy_deadline: 1h }
`;
}
