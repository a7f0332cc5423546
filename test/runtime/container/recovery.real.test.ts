import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { ContainerId } from "../../../src/model/ids.ts";
import { openRuntime } from "../../../src/runtime/open.ts";
import type { CreateRequest, RuntimePaths } from "../../../src/runtime/types.ts";
import { isTethered } from "../../../src/sys/tether.ts";
import { leftBy, openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";
import type { BringUpOrder } from "./bring-up.ts";

type Condition = (paths: RuntimePaths, id: ContainerId) => boolean;

const bundleHas =
  (name: string): Condition =>
  (paths, id) =>
    existsSync(join(paths.runDir, "bundles", id, name));

const recordHas =
  (words: string): Condition =>
  (paths, id) => {
    const path = join(paths.dataDir, "containers", id, "record.json");
    return existsSync(path) && readFileSync(path, "utf8").includes(words);
  };

describe.each<readonly [string, Condition]>([
  ["the intent is recorded", recordHas('"version"')],
  ["the bundle is begun", bundleHas("")],
  ["the root is mounted", bundleHas("merged/bin")],
  ["the network is attached", (paths, id) => existsSync(join(paths.runDir, "netns", id))],
  ["conmon is about to start", bundleHas("sync")],
  ["conmon runs", bundleHas("conmon.pid")],
  ["the process exists", bundleHas("pidfile")],
  ["the process is recorded", recordHas('"process"')],
  ["its start is recorded", recordHas('"startedAt"')],
])("killed when %s", (_step, reached) => {
  test("a bring-up is finished by doing it again", async () => {
    await using test = await openTestRuntime();
    const requests = threeRequests(test, "sleep 100");
    await killedDuring(test, { work: "create-and-start", requests }, reached);

    await using runtime = await openRuntime(test.paths);
    for (const request of requests) {
      await runtime.create(request);
      await runtime.start(request.id);
    }
    const states = (await runtime.list()).map(({ id, state, monitored }) => ({ id, state, monitored }));
    const ids = requests.map(({ id }) => id).sort();
    expect(states).toEqual(ids.map((id) => ({ id, state: "running", monitored: true })));
    expect(await monitorsOf(test)).toBe(3);

    await Promise.all(requests.map(({ id }) => runtime.remove(id)));
    await runtime.sweep();
    expect(await leftBy(test)).toEqual([]);
  });

  test("a bring-up can be given up", async () => {
    await using test = await openTestRuntime();
    const requests = threeRequests(test, "sleep 100");
    await killedDuring(test, { work: "create-and-start", requests }, reached);

    await using runtime = await openRuntime(test.paths);
    for (const { id } of await runtime.list()) await runtime.remove(id);
    await runtime.sweep();
    expect(await leftBy(test)).toEqual([]);
    for (const folder of ["containers", "../run/bundles", "../run/runc", "../run/exits"]) {
      expect(await readdir(join(test.paths.dataDir, folder))).toEqual([]);
    }
  });
});

describe.each<readonly [string, Condition]>([
  ["the old exit is settled", recordHas('"lastExit"')],
  ["the new process exists", bundleHas("pidfile")],
  ["the new process is recorded", recordHas('"restarts": 1')],
])("killed when %s", (_step, reached) => {
  test("a restart keeps the data and can be repeated", async () => {
    await using test = await openTestRuntime();
    const requests = threeRequests(test, "echo x >> /kept; [ $(wc -l < /kept) = 1 ] && exit 5; sleep 100");
    for (const request of requests) {
      await test.runtime.create(request);
      await test.runtime.start(request.id);
      expect(await test.exited(request.id)).toMatchObject({ state: "exited", exitCode: 5 });
    }
    // The bundle of the run before is there until the restart begins.
    await Promise.all(
      requests.map(({ id }) => rm(join(test.paths.runDir, "bundles", id, "pidfile"), { force: true })),
    );
    await killedDuring(test, { work: "restart", requests }, reached);

    await using runtime = await openRuntime(test.paths);
    for (const { id, state, exitCode } of await runtime.list()) {
      if (state === "exited") expect(exitCode).toBe(5);
      await runtime.start(id);
    }
    expect((await runtime.list()).map(({ state }) => state)).toEqual(["running", "running", "running"]);
    await Promise.all(requests.map(({ id }) => runtime.remove(id)));
  });
});

describe.each<readonly [string, Condition]>([
  ["its intent is recorded", recordHas('"removing": true')],
  ["the process is gone", (paths, id) => !existsSync(join(paths.runDir, "runc", id))],
  ["the root is unmounted", (paths, id) => !existsSync(join(paths.runDir, "bundles", id, "merged/bin"))],
])("killed when %s", (_step, reached) => {
  test("a removal is finished by the next run", async () => {
    await using test = await openTestRuntime();
    const requests = threeRequests(test, "sleep 100");
    for (const request of requests) await test.runtime.create(request);
    await killedDuring(test, { work: "remove", requests }, reached);

    await using runtime = await openRuntime(test.paths);
    const left = await runtime.list();
    expect(left.map(({ state }) => state)).toEqual(left.map(() => "created"));
    for (const { id } of left) await runtime.remove(id);
    await runtime.sweep();
    expect(await leftBy(test)).toEqual([]);
  });
});

test("after a reboot a container is exited with an unknown code, and starts with data and address kept", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("echo x >> /kept; wc -l < /kept; sleep 100", { network: "bridge" });
  const { addresses, startedAt } = await test.status(id);
  await test.runtime.stop(id);
  await asAfterReboot(test, id);

  expect(await test.status(id)).toMatchObject({ state: "exited", exitCode: null, startedAt });
  await test.runtime.start(id);
  expect(await test.status(id)).toMatchObject({ state: "running", restarts: 1, addresses });
  await expect
    .poll(async () => (await Array.fromAsync(test.runtime.logs(id, {}))).map(({ text }) => text))
    .toEqual(["1", "2"]);
});

function threeRequests(test: TestRuntime, line: string): readonly CreateRequest[] {
  return [1, 2, 3].map(() => test.request({ command: ["sh", "-c", line], network: "bridge" }));
}

/** Another process does the work, and is killed as soon as one of the containers has come so far. */
async function killedDuring(
  test: TestRuntime,
  order: Pick<BringUpOrder, "work" | "requests">,
  reached: Condition,
): Promise<void> {
  await test.runtime[Symbol.asyncDispose]();
  const orderFile = join(test.folder, "order.json");
  await writeFile(orderFile, JSON.stringify({ ...order, paths: test.paths } satisfies BringUpOrder));
  const program = join(import.meta.dirname, "bring-up.ts");
  const child = spawn(process.execPath, [program, orderFile], { stdio: ["ignore", "inherit", "inherit"] });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  while (!gone() && !order.requests.some(({ id }) => reached(test.paths, id))) await delay(1);
  child.kill("SIGKILL");
  await exited;
}

async function monitorsOf(test: TestRuntime): Promise<number> {
  const things = await leftBy(test);
  return things.filter((thing) => thing.includes("conmon")).length;
}

/** The exit was never written, and the boot is another one. */
async function asAfterReboot(test: TestRuntime, id: ContainerId): Promise<void> {
  await expect.poll(() => isTethered(join(test.paths.runDir, "bundles", id, "sync"))).toBe(false);
  const home = join(test.paths.dataDir, "containers", id);
  const record = readFileSync(join(home, "record.json"), "utf8");
  await writeFile(join(home, "record.json"), record.replace(/"bootId": "[^"]*"/, '"bootId": "another"'));
  await rm(join(home, "persist/exit"));
}
