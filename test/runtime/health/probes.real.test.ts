import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ContainerId } from "../../../src/model/ids.ts";
import { pauseContainer, unpauseContainer } from "../../../src/runtime/container/signal-container.ts";
import { openRuntime } from "../../../src/runtime/open.ts";
import type { HealthStatus } from "../../../src/runtime/types.ts";
import { openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";
import { until } from "../../support/until.ts";

const often = { intervalMs: 50, retries: 2 };

test("a container is starting, then healthy, then unhealthy, as its probes find it", async () => {
  await using rt = await openTestRuntime();
  const turns = "n=$(($(cat /n) + 1)); echo $n > /n; echo turn $n; echo why >&2; test $n -le 2";
  const id = await rt.run("sleep infinity", { healthcheck: { ...often, test: ["CMD-SHELL", turns] } });
  expect((await rt.status(id)).health).toMatchObject({ state: "starting", failures: 0 });
  await reaches(rt, id, "unhealthy");
  const { health } = await rt.runtime.inspect(id);
  expect(health?.probes.slice(0, 4)).toMatchObject([
    { outcome: "passed", exitCode: 0 },
    { outcome: "passed", exitCode: 0, output: "turn 2\nwhy" },
    { outcome: "failed", exitCode: 1, output: "turn 3\nwhy" },
    { outcome: "failed", exitCode: 1, output: "turn 4\nwhy" },
  ]);
  await rt.runtime.stop(id);
  await rt.runtime.start(id);
  expect((await rt.status(id)).health).toMatchObject({ state: "starting", failures: 0 });
  expect(await healthEvents(rt)).toEqual(["healthy", "unhealthy"]);
});

test("the image's own healthcheck is run; a service can turn it off", async () => {
  const image = { config: { Healthcheck: { Test: ["CMD", "true"], Interval: 50e6 } } };
  await using rt = await openTestRuntime(image);
  const id = await rt.run("sleep infinity");
  const off = await rt.run("sleep infinity", { healthcheck: { test: ["NONE"] } });
  await reaches(rt, id, "healthy");
  expect((await rt.status(off)).health).toBeUndefined();
  expect(await healthEvents(rt)).toEqual(["healthy"]);
});

test("a probe that takes too long has failed, and its processes are gone", async () => {
  await using rt = await openTestRuntime();
  const id = await rt.run("sleep infinity", {
    healthcheck: {
      intervalMs: 50,
      retries: 1,
      timeoutMs: 300,
      test: ["CMD-SHELL", "echo begun; sleep 1234"],
    },
  });
  await reaches(rt, id, "unhealthy");
  const { health } = await rt.runtime.inspect(id);
  expect(health?.probes.at(0)).toMatchObject({ outcome: "timed-out", output: "begun" });
});

test("a probe that cannot begin is given up, which says nothing of its container, and the next ones are made", async () => {
  const folder = await mkdtemp(join(tmpdir(), "slow-runtime-"));
  const [program, hangs] = [join(folder, "runtime"), join(folder, "hangs")];
  const hanging = `[ -e ${hangs} ] && case " $* " in *" exec "*) sleep 600;; esac`;
  await writeFile(program, `#!/bin/sh\n${hanging}\nexec runc "$@"\n`, { mode: 0o755 });
  await writeFile(hangs, "");
  await using rt = await openTestRuntime({
    settings: { runtimes: { slow: program }, beginTimeoutMs: 3_000 },
  });
  const healthcheck = { ...often, test: ["CMD", "true"] };
  const id = await rt.run("sleep infinity", { runtime: "slow", healthcheck });
  const told = async (): Promise<string | undefined> =>
    (await rt.runtime.inspect(id)).health?.probes.at(-1)?.output;
  await until("it is told", async () => (await told()) === "it could not begin within 3 s");
  expect((await rt.status(id)).health).toMatchObject({ state: "starting", failures: 0 });
  await rm(hangs);
  await reaches(rt, id, "healthy");
  await rt.runtime.remove(id);
  await rm(folder, { recursive: true });
});

test("a command that the container does not have is a failure that says so", async () => {
  await using rt = await openTestRuntime();
  const id = await rt.run("sleep infinity", { healthcheck: { ...often, test: ["CMD", "curl", "x"] } });
  await reaches(rt, id, "unhealthy");
  const { health } = await rt.runtime.inspect(id);
  expect(health?.probes.at(-1)).toMatchObject({
    outcome: "failed",
    exitCode: 127,
    output: expect.stringContaining('no command "curl"') as string,
  });
});

test("the probes of a paused container wait", async () => {
  await using rt = await openTestRuntime();
  const id = await rt.run("sleep infinity", { healthcheck: { ...often, test: ["CMD", "true"] } });
  await reaches(rt, id, "healthy");
  await pauseContainer(rt.paths, id);
  const paused = (await rt.status(id)).health?.checkedAt;
  const other = await rt.run("sleep infinity", { healthcheck: { ...often, test: ["CMD", "true"] } });
  await reaches(rt, other, "healthy");
  const before = (await rt.status(other)).health?.checkedAt ?? 0;
  await until("others are probed", async () => ((await rt.status(other)).health?.checkedAt ?? 0) > before);
  expect((await rt.status(id)).health).toMatchObject({ state: "healthy", checkedAt: paused });
  await unpauseContainer(rt.paths, id);
  await until("it is probed again", async () => (await rt.status(id)).health?.checkedAt !== paused);
});

test("whoever comes next goes on from what is known", async () => {
  await using rt = await openTestRuntime();
  const id = await rt.run("sleep infinity", { healthcheck: { ...often, test: ["CMD", "true"] } });
  await reaches(rt, id, "healthy");
  await rt.runtime[Symbol.asyncDispose]();
  const left = (await rt.status(id)).health;
  expect(left).toMatchObject({ state: "healthy" });
  await using next = await openRuntime(rt.paths);
  await until("it is probed again", async () => {
    const [status] = await next.list();
    return status?.health !== undefined && status.health.checkedAt !== left?.checkedAt;
  });
  await next.remove(id);
});

async function reaches(rt: TestRuntime, id: ContainerId, state: HealthStatus["state"]): Promise<void> {
  let last: HealthStatus | undefined;
  await until(
    `it is ${state}`,
    async () => {
      last = (await rt.status(id)).health;
      return last?.state === state;
    },
    { withinMs: 60_000, instead: () => JSON.stringify(last) },
  );
}

async function healthEvents(rt: TestRuntime): Promise<readonly string[]> {
  const events = await Array.fromAsync(rt.runtime.events({}));
  return events.flatMap((event) => (event.kind === "health_status" ? [event.status] : []));
}
