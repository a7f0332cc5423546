/** What a published port adds to a creation and a removal has crash points of its own; the others are known already. */
import { expect, test } from "vitest";
import type { HeldPort } from "../../../src/model/route.ts";
import { openRuntime } from "../../../src/runtime/open.ts";
import { findHolders } from "../../../src/runtime/ports/find-holders.ts";
import type { CreateRequest, Runtime } from "../../../src/runtime/types.ts";
import { freePort } from "../../support/free-port.ts";
import { patience } from "../../support/patience.ts";
import { leftBy, openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";
import type { ActOrder } from "./act.ts";
import { crashPointsOf, killedAt } from "./killed-at.ts";

const added = /runtime\/ports\//;

test.each([
  { kind: "create", given: () => Promise.resolve() },
  { kind: "remove", given: (runtime: Runtime, request: CreateRequest) => runtime.create(request) },
] as const)(
  "killed at any point of a $kind of what publishes a port, it can be repeated, one program holds the port, and in the end none",
  async ({ kind, given }) => {
    await using home = await openTestRuntime();
    await home.runtime[Symbol.asyncDispose]();
    const orderFor = (request: CreateRequest): ActOrder => ({ paths: home.paths, act: { kind, request } });
    const port: HeldPort = { hostAddress: "0.0.0.0", hostPort: await freePort(), protocol: "tcp" };
    const requestOf = (): CreateRequest => ({
      ...home.request({ command: ["sleep", "1000"], network: "bridge" }),
      ports: [{ ...port, containerPort: 80 }],
    });
    const holders = (): number => findHolders(home.paths).filter(({ leads }) => leads).length;

    const undisturbed = requestOf();
    await opened(home, (runtime) => given(runtime, undisturbed));
    const all = await crashPointsOf(orderFor(undisturbed), home.folder);
    await opened(home, (runtime) => runtime.remove(undisturbed.id));
    const points = all.filter((point) => added.test(point));
    expect(points.length).toBeGreaterThan(0);

    const missed: string[] = [];
    for (const point of points) {
      const request = requestOf();
      await opened(home, (runtime) => given(runtime, request));
      if (!(await killedAt(orderFor(request), point, home.folder))) missed.push(point);
      await opened(home, async (runtime) => {
        if (kind === "create") {
          await runtime.create(request);
          expect(holders(), point).toBe(1);
        }
        await runtime.remove(request.id);
        await runtime.sweep();
      });
      expect(holders(), point).toBe(0);
      expect(await leftBy(home), point).toEqual([]);
    }
    expect(missed.length, missed.join("\n")).toBeLessThan(points.length); // a holder that ends late is signalled twice
  },
  300_000 * patience,
);

async function opened(home: TestRuntime, work: (runtime: Runtime) => Promise<void>): Promise<void> {
  await using runtime = await openRuntime(home.paths);
  await work(runtime);
}
