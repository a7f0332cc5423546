import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ContainerId } from "../../../src/model/ids.ts";
import {
  pauseContainer,
  sendSignal,
  unpauseContainer,
} from "../../../src/runtime/container/signal-container.ts";
import { openRuntime } from "../../../src/runtime/open.ts";
import { openReader } from "../../../src/runtime/open-reader.ts";
import { openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";
import { until } from "../../support/until.ts";
import { sigkill } from "../../support/sigkill.ts";

test("a container's life is told, each event once and in its order", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("exit 3");
  await test.exited(id);
  await test.runtime.start(id);
  await test.exited(id);
  await test.runtime.remove(id);
  expect(await told(test, id)).toEqual(["create", "start", "die 3", "restart", "die 3", "remove"]);
});

test("a container that is stopped, and one that has to be killed", async () => {
  await using test = await openTestRuntime();
  const willing = await test.run("trap 'exit 7' TERM; while :; do sleep 0.05; done");
  const deaf = await test.run("trap '' TERM; while :; do sleep 0.05; done", { stopGraceMs: 100 });
  await Promise.all([willing, deaf].map((id) => test.runtime.stop(id)));
  expect((await told(test, willing)).slice(2)).toEqual(["kill 15", "die 7", "stop"]);
  expect((await told(test, deaf)).slice(2)).toEqual(["kill 15", "kill 9", "die 137", "stop"]);
});

test("a container that is paused, let go on, and sent a signal; each once, however often it is asked for", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("trap 'exit 4' USR1; while :; do sleep 0.05; done");
  for (const change of [pauseContainer, pauseContainer, unpauseContainer, unpauseContainer]) {
    await change(test.paths, id);
  }
  await sendSignal(test.paths, id, 10);
  await until("the exit is told", async () => (await told(test, id)).includes("die 4"));
  expect((await told(test, id)).slice(2)).toEqual(["pause", "unpause", "kill 10", "die 4"]);
});

test("an exit is told as it happens, and one that nobody saw when somebody comes", async () => {
  await using test = await openTestRuntime();
  const seen = await test.run("sleep 0.3; exit 4");
  await until("the exit is told", async () => (await told(test, seen)).includes("die 4"));

  const unseen = await test.run("sleep 0.3; exit 5");
  await test.runtime[Symbol.asyncDispose]();
  await test.exited(unseen);
  await using again = await openRuntime(test.paths);
  expect(await told(test, unseen)).toEqual(["create", "start", "die 5"]);
  expect(await told(test, seen)).toEqual(["create", "start", "die 4"]);
  await Promise.all([seen, unseen].map((id) => again.remove(id)));
});

test("a monitor that is killed is told, and the exit code that is lost with it is unknown", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("sleep 100", { stopSignal: "SIGKILL" });
  let woken = false;
  using _changes = test.runtime.onChange(() => (woken = true));
  const conmon = Number(await readFile(join(test.paths.runDir, "bundles", id, "conmon.pid"), "utf8"));
  sigkill(conmon);
  await until("the loss is told", async () => (await told(test, id)).includes("monitor-lost"));
  await until("whoever waits for changes is woken", () => woken);
  await test.runtime.stop(id);
  expect(await told(test, id)).toEqual(["create", "start", "monitor-lost", "kill 9", "die null", "stop"]);
});

test("images that are pulled and removed are told", async () => {
  await using test = await openTestRuntime();
  const image = join(test.folder, "image");
  await test.runtime.images.remove(image);
  const events = await Array.fromAsync(openReader(test.paths).events({}));
  expect(events).toMatchObject([
    { kind: "pull", image, digest: test.image },
    { kind: "image-remove", image, digest: test.image },
  ]);
});

/** Kinds of the container's events, with code or signal. */
async function told({ paths }: TestRuntime, id: ContainerId): Promise<readonly string[]> {
  const events = await Array.fromAsync(openReader(paths).events({}));
  return events.flatMap((event) => {
    if (!("container" in event) || event.container.id !== id) return [];
    if (event.kind === "die") return [`die ${event.exitCode}`];
    return [event.kind === "kill" ? `kill ${event.signal}` : event.kind];
  });
}
