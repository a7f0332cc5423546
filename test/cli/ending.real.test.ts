/** A run that is to end does so, though something that it has begun goes on. */
import { expect, test } from "vitest";
import { anInstanceRunning, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

const left = "Left as it is, still under way: stop app-old-1. The next run goes on with it.\n";

test("a run whose time is up leaves what goes on for long, says so, and ends; the next one goes on with it", async () => {
  await using instance = await anInstanceRunning(stackFile("  old: *stubborn\n"));
  await using after = new AsyncDisposableStack();
  after.defer(() => letGo(instance));
  await instance.write("compose.yaml", stackFile());
  const run = await instance.run(["reconcile", "--wait", "--wait-timeout", "5s"]);
  expect(run).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(
      /\nEnding, and waiting at most 30s for what is under way: stop app-old-1\.\n[^]*\nLeft as it is/,
    ) as string,
  });
  expect(run.stderr).toContain(left);

  await letGo(instance);
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/✓ stop +app-old-1[^]*✓ remove +app-old-1/) as string,
  });
});

test("an agent that is told to end does so, too, at the second time at once", async () => {
  await using instance = await anInstanceRunning(stackFile("  old: *stubborn\n"));
  await using after = new AsyncDisposableStack();
  after.defer(() => letGo(instance));
  await instance.write("compose.yaml", stackFile());
  await using agent = instance.spawn(["reconcile", "--watch"]);
  await until("it is told to stop", async () => {
    const { exitCode } = await instance.run(["exec", "app-old-1", "test", "-e", "/run/told"]);
    return exitCode === 0;
  });
  agent.signal("SIGTERM");
  await agent.prints("Another Ctrl-C ends it at once", { withinMs: 10_000 });
  agent.signal("SIGTERM");
  expect(await agent.ended).toMatchObject({ exitCode: 130 });
  expect(await instance.pids()).toHaveProperty("app-old-1");
});

/** It stops from now on when it is told to: else the instance would not go before the hour is over. */
async function letGo(instance: TestInstance): Promise<void> {
  await instance.run(["exec", "app-old-1", "touch", "/run/may"]);
}

/** What does not stop when it is told to, and has an hour for it. */
function stackFile(more = ""): string {
  return `name: app
x-stubborn: &stubborn
  image: ./image
  command: [sh, -c, "trap 'touch /run/told; test -e /run/may && exit' TERM; while :; do sleep 0.1; done"]
  tmpfs: [/run]
  stop_grace_period: 1h
services:
  web: { image: ./image, command: [sleep, infinity], stop_signal: SIGKILL }
${more}`;
}
