/**
 * Killed at every crash point of creating, starting, restarting, stopping and removing a container, the runtime finds
 * the old state or the new one, the act can be repeated, and in the end nothing is left.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openRuntime } from "../../../src/runtime/open.ts";
import type { CreateRequest, Runtime } from "../../../src/runtime/types.ts";
import { leftBy, openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";
import { until } from "../../support/until.ts";
import type { ActOrder } from "./act.ts";
import { crashPointsOf, killedAt } from "./killed-at.ts";

interface Case {
  readonly kind: "create" | "start" | "stop" | "remove";
  /** Brings the container to where the act begins. */
  readonly given: (runtime: Runtime, request: CreateRequest) => Promise<void>;
  /** What may be found after the crash. */
  readonly found: readonly State[];
  /** What there is when the act has been repeated. */
  readonly finished: State;
  /** How often its process has run in the end: nothing is started twice. */
  readonly runs: number;
}

type State = "absent" | "incomplete" | "created" | "running" | "exited with 3";

const created: Case["given"] = (runtime, request) => runtime.create(request);
const started: Case["given"] = async (runtime, request) => {
  await runtime.create(request);
  await runtime.start(request.id);
  await untilItHasRun(runtime, request, 1);
};
const stopped: Case["given"] = async (runtime, request) => {
  await started(runtime, request);
  await runtime.stop(request.id);
};

const cases: Readonly<Record<string, Case>> = {
  "a creation": {
    kind: "create",
    given: () => Promise.resolve(),
    found: ["absent", "incomplete", "created"],
    finished: "created",
    runs: 0,
  },
  "a start": { kind: "start", given: created, found: ["created", "running"], finished: "running", runs: 1 },
  "a restart": {
    kind: "start",
    given: stopped,
    found: ["exited with 3", "created", "running"],
    finished: "running",
    runs: 2,
  },
  "a stop": {
    kind: "stop",
    given: started,
    found: ["running", "exited with 3"],
    finished: "exited with 3",
    runs: 1,
  },
  "a removal": {
    kind: "remove",
    given: started,
    found: ["running", "absent"],
    finished: "absent",
    runs: 1,
  },
};

describe.each(Object.entries(cases))("%s", (_title, { kind, given, found, finished, runs }) => {
  test("killed at any of its points is whole before or after, and can be repeated", async () => {
    await using home = await openTestRuntime({ files: [{ path: "data/of-the-image", content: "here" }] });
    await home.runtime[Symbol.asyncDispose]();
    const orderFor = (request: CreateRequest): ActOrder => ({ paths: home.paths, act: { kind, request } });

    const undisturbed = requestOf(home);
    await opened(home, (runtime) => prepared(runtime, undisturbed, given));
    const points = await crashPointsOf(orderFor(undisturbed), home.folder);
    await opened(home, (runtime) => runtime.remove(undisturbed.id));
    expect(points.length).toBeGreaterThan(1);

    const missed: string[] = [];
    for (const point of points) {
      const request = requestOf(home);
      await opened(home, (runtime) => prepared(runtime, request, given));
      if (!(await killedAt(orderFor(request), point, home.folder))) missed.push(point);
      await opened(home, async (runtime) => {
        expect(found, point).toContain(await stateOf(runtime, request));
        if (kind === "create") await runtime.create(request);
        else await runtime[kind](request.id);
        expect(await stateOf(runtime, request), point).toBe(finished);
        if (finished === "running") await untilItHasRun(runtime, request, runs);
        await runtime.remove(request.id);
        await runtime.sweep();
      });
      expect(await leftOf(home), point).toEqual([]);
      expect(await contentOfVolume(home, request), point).toBe("here");
    }
    expect(missed.length, missed.join("\n")).toBeLessThan(1 + points.length / 10); // some polls are luck
  }, 900_000);
});

/** With a network, a volume that is filled from the image, and an exit code of its own when asked to end. */
function requestOf(home: TestRuntime): CreateRequest {
  const request = home.request({
    command: ["sh", "-c", "trap 'exit 3' TERM; echo x >> /runs; wc -l < /runs; sleep 1000 & wait"],
    network: "bridge",
    stopGraceMs: 10_000,
  });
  const volume = {
    kind: "volume",
    volume: request.id,
    target: "/data",
    readOnly: false,
    noCopy: false,
  } as const;
  return { ...request, spec: { ...request.spec, mounts: [volume] } };
}

async function prepared(runtime: Runtime, request: CreateRequest, given: Case["given"]): Promise<void> {
  await runtime.createVolume(request.id);
  await given(runtime, request);
}

async function opened(home: TestRuntime, work: (runtime: Runtime) => Promise<void>): Promise<void> {
  await using runtime = await openRuntime(home.paths);
  await work(runtime);
}

async function stateOf(runtime: Runtime, { id }: CreateRequest): Promise<string> {
  expect(await runtime.damaged()).toEqual([]);
  const status = (await runtime.list()).find((container) => container.id === id);
  if (status?.state === "created" || status?.state === "running") expect(status.monitored).toBe(true);
  if (status?.state === "exited") return `exited with ${status.exitCode}`;
  return status?.state ?? "absent";
}

/** It writes down how often it has been started where a restart keeps it, and says so. */
async function untilItHasRun(runtime: Runtime, { id }: CreateRequest, runs: number): Promise<void> {
  const words = async (): Promise<readonly string[]> =>
    (await Array.fromAsync(runtime.logs(id, {}))).map(({ text }) => text);
  const expected = Array.from({ length: runs }, (_, run) => `${run + 1}`).join();
  let said = "";
  const look = async (): Promise<boolean> => (said = (await words()).join()) === expected;
  await until(`it says ${expected}`, look, { instead: () => said });
}

/** Outside of the folders, and inside of them. */
async function leftOf(home: TestRuntime): Promise<readonly string[]> {
  const folders = [home.paths.runDir, join(home.paths.dataDir, "containers")];
  const files = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  return [...(await leftBy(home)), ...files.flat()];
}

async function contentOfVolume({ paths }: TestRuntime, { id }: CreateRequest): Promise<string> {
  return readFile(join(paths.dataDir, "volumes", id, "data/of-the-image"), "utf8");
}
