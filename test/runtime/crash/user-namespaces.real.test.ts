/** What a user namespace adds to a creation and a removal has crash points of its own; the others are known already. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { openRuntime } from "../../../src/runtime/open.ts";
import type { CreateRequest, Runtime } from "../../../src/runtime/types.ts";
import { patience } from "../../support/patience.ts";
import { leftBy, openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";
import type { ActOrder } from "./act.ts";
import { crashPointsOf, killedAt } from "./killed-at.ts";

const added =
  /user-namespace\.ts|shared-ipc\.ts:\d+ sys\/libc|clones\.ts:\d+ sys\/libc|remove\.ts:\d+ sys\/(libc|pinned-namespace)/;

test.each([
  { kind: "create", given: () => Promise.resolve() },
  { kind: "remove", given: (runtime: Runtime, request: CreateRequest) => runtime.create(request) },
] as const)(
  "killed at any point of a $kind in a user namespace, it can be repeated, and in the end nothing stays mounted",
  async ({ kind, given }) => {
    await using home = await openTestRuntime();
    await home.runtime[Symbol.asyncDispose]();
    const orderFor = (request: CreateRequest): ActOrder => ({ paths: home.paths, act: { kind, request } });

    const undisturbed = requestOf(home);
    await opened(home, (runtime) => given(runtime, undisturbed));
    const all = await crashPointsOf(orderFor(undisturbed), home.folder);
    const points = all.filter((point) => added.test(point));
    expect(points.length).toBeGreaterThan(1);

    for (const point of points) {
      const request = requestOf(home);
      await opened(home, (runtime) => given(runtime, request));
      expect(await killedAt(orderFor(request), point, home.folder), point).toBe(true);
      await opened(home, async (runtime) => {
        if (kind === "create") await runtime.create(request);
        for (const { id, state } of await runtime.list()) {
          expect(state, point).toBe("created");
          await runtime.remove(id);
        }
        await runtime.sweep();
      });
      expect(await leftBy(home), point).toEqual([]);
    }
  },
  300_000 * patience,
);

/** With a network, a folder of the host, and an IPC namespace for others, which are mounts of theirs. */
function requestOf(home: TestRuntime): CreateRequest {
  return home.request({
    command: ["sleep", "1000"],
    network: "bridge",
    ipc: "shareable",
    security: { seccomp: "default", apparmor: "default", userNamespace: true },
    mounts: [
      { kind: "bind", source: join(home.folder, "image"), target: "/m", readOnly: true, createSource: false },
    ],
  });
}

async function opened(home: TestRuntime, work: (runtime: Runtime) => Promise<void>): Promise<void> {
  await using runtime = await openRuntime(home.paths);
  await work(runtime);
}
