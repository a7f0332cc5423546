import { readdirSync, readFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openReader } from "../../src/runtime/open-reader.ts";
import type { ContainerStatus } from "../../src/runtime/types.ts";
import { lock } from "../../src/sys/lock.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";
import { sigkill } from "../support/sigkill.ts";

test("a container that is killed while nobody is there runs again, as its policy says", async () => {
  await using instance = await anInstance();
  await write(instance, {
    again: { command: "[sleep, infinity]", more: "restart: always" },
    never: { command: "[sleep, infinity]", more: 'restart: "no"' },
  });
  await instance.run(["reconcile", "--wait"]);
  const before = await instance.pids();
  for (const pid of Object.values(before)) sigkill(pid);

  await until("it runs again", async () => (await restartsOf(instance))["app-again-1"] === 1);
  const after = await instance.ps();
  expect(after.map(({ name, state, exitCode }) => [name, state, exitCode])).toEqual([
    ["app-again-1", "running", null],
    ["app-never-1", "exited", 137],
  ]);
  await until("nobody is left", () => keepers(instance).length === 0);
  expect((await instance.run(["reconcile"])).stdout).toContain("Nothing to do");
});

test("what ends again and again is started ever more rarely; who comes to work goes on from there", async () => {
  await using instance = await anInstance();
  await write(instance, { loop: { command: `[sh, -c, "echo up; exit 1"]`, more: "restart: always" } });
  await instance.run(["reconcile"]);
  const reader = openReader(instance);
  const restartedTo = async (count: number): Promise<ContainerStatus> =>
    until(`it was started ${count} times again`, async () => {
      const [status] = await reader.list();
      return status !== undefined && status.restarts >= count && status;
    });
  const before = await restartedTo(4);
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  const after = await restartedTo(Math.max(before.restarts + 1, 6));
  expect(after.restartStreak).toBe(after.restarts);

  const starts = (await Array.fromAsync(reader.logs(after.id, {}))).map(({ time }) => time);
  const pauses = starts.slice(1).map((time, index) => time - (starts[index] ?? 0));
  for (const [index, atLeastMs] of [0, 100, 200, 400, 800].entries()) {
    expect(pauses[index]).toBeGreaterThanOrEqual(atLeastMs);
  }
});

test("twenty that end at once, and again, are the work of one process at a time", async () => {
  await using instance = await anInstance();
  const more = "restart: always\n    deploy: { replicas: 20 }";
  await write(instance, { many: { command: "[sleep, infinity]", more } });
  await instance.run(["reconcile", "--wait"]);
  let most = 0;
  for (const times of [1, 2]) {
    for (const pid of Object.values(await instance.pids())) sigkill(pid);
    const look = async (): Promise<boolean> => {
      most = Math.max(most, keepers(instance).length);
      return Object.values(await restartsOf(instance)).every((restarts) => restarts === times);
    };
    await until(`each runs for the ${times + 1}. time`, look, { pollMs: 5, withinMs: 60_000 });
  }
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(2); // one that leaves, and the next
});

test("while somebody holds the lock nothing is done; killed half-way, the next exit finishes it", async () => {
  await using instance = await anInstance();
  await write(instance, {
    one: { command: "[sleep, infinity]", more: "restart: always" },
    two: { command: "[sleep, infinity]", more: "deploy: { restart_policy: { condition: any, delay: 3s } }" },
  });
  await instance.run(["reconcile", "--wait"]);
  const pids = await instance.pids();
  {
    await using _holder = await lock(join(instance.dataDir, "lock"));
    sigkill(pids["app-two-1"]);
    await until("it has ended", async () => (await instance.pids())["app-two-1"] === undefined);
    expect(keepers(instance)).toEqual([]);
  }
  sigkill(pids["app-one-1"]);
  const [keeper = 0] = await until("the one runs again, and somebody waits for the other", async () => {
    const found = keepers(instance);
    const runsAgain = (await instance.pids())["app-one-1"] !== undefined;
    return runsAgain && (await restartsOf(instance))["app-one-1"] === 1 && found.length > 0 && found;
  });
  sigkill(keeper);
  await instance.kill("app-one-1");
  await until("both run", async () => Object.keys(await instance.pids()).length === 2);
  expect(await restartsOf(instance)).toEqual({ "app-one-1": 2, "app-two-1": 1 });
});

test("what cannot be started again is said, and tried again", async () => {
  await using instance = await anInstance();
  await instance.write("shared/there", "");
  const bind = "{ type: bind, source: ./shared, target: /x, bind: { create_host_path: false } }";
  const more = `volumes: [${bind}]\n    restart: always`;
  await write(instance, { job: { command: "[sleep, infinity]", more } });
  await instance.run(["reconcile", "--wait"]);
  await rename(join(instance.folder, "shared"), join(instance.folder, "away"));
  await instance.kill("app-job-1");
  await until("it says so", () =>
    read(join(instance.dataDir, "on-exit.log")).includes("app-job-1 could not be started again: "),
  );
  await rename(join(instance.folder, "away"), join(instance.folder, "shared"));
  await until("it runs", async () => (await restartsOf(instance))["app-job-1"] === 1);
});

test("what a person takes away stays away", async () => {
  await using instance = await anInstance();
  await write(instance, {
    loop: { command: `["false"]`, more: "restart: always" },
    still: {
      command: "[sh, -c, 'trap \"exit 3\" TERM; while :; do sleep 0.1; done']",
      more: "restart: always",
      signal: "stop_signal: SIGTERM",
    },
  });
  await instance.run(["reconcile"]);
  await until(
    "one waits for its restart",
    async () => ((await restartsOf(instance))["app-loop-1"] ?? 0) >= 3,
  );
  expect(await instance.run(["down", "--all"])).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/Gone: app\.\n$/) as string,
  });
  await until("nobody is left", () => keepers(instance).length === 0);
  expect(await instance.ps()).toEqual([]);
});

interface TestService {
  readonly command: string;
  readonly more: string;
  readonly signal?: string;
}

async function write(instance: TestInstance, services: Readonly<Record<string, TestService>>): Promise<void> {
  const lines = Object.entries(services).map(
    ([name, { command, more, signal = "stop_signal: SIGKILL" }]) =>
      `  ${name}:\n    image: ./image\n    network_mode: none\n    ${signal}\n    command: ${command}\n    ${more}\n`,
  );
  await instance.write("compose.yaml", `name: app\nservices:\n${lines.join("")}`);
}

async function restartsOf(instance: TestInstance): Promise<Readonly<Record<string, number>>> {
  return Object.fromEntries(
    (await openReader(instance).list()).map(({ name, restarts }) => [name, restarts]),
  );
}

/** Processes of ours that look after exits in this instance. */
function keepers({ dataDir }: TestInstance): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/cmdline`).endsWith("main.ts\0on-exit\0"))
    .filter((pid) => /^Name:\t(node|MainThread)$/m.test(read(`/proc/${pid}/status`)))
    .filter((pid) => read(`/proc/${pid}/environ`).split("\0").includes(`TALLYMAN_DATA_DIR=${dataDir}`))
    .map(Number);
}

/** Empty where the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
