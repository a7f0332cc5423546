import { closeSync, mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { ContainerId } from "../../../src/model/ids.ts";
import { findCgroups } from "../../../src/runtime/container/cgroup/cgroups.ts";
import { foldersOf, layoutOf } from "../../../src/runtime/container/layout.ts";
import { writeRecord } from "../../../src/runtime/container/record.ts";
import { sweepContainers } from "../../../src/runtime/container/sweep.ts";
import { Turns } from "../../../src/runtime/turns.ts";
import { instanceOf } from "../../../src/runtime/instance.ts";
import { noPorts } from "../../../src/runtime/ports/types.ts";
import { defaultSettings } from "../../../src/runtime/settings.ts";
import type { RuntimePaths } from "../../../src/runtime/types.ts";
import { openTether } from "../../../src/sys/tether.ts";
import { aRecord } from "../../support/container-record.ts";
import { newId } from "../../support/test-runtime.ts";

it("leaves its network to a one-off container that begins while leftovers are taken away", async () => {
  await using cleanup = new AsyncDisposableStack();
  const paths = await anInstance(cleanup);
  const [leftover, oneOff] = [newId(), newId()];
  mkdirSync(layoutOf(paths, leftover).home);
  const detach = async (id: ContainerId): Promise<void> => {
    expect(id).toBe(leftover);
    const owner = openTether(layoutOf(paths, oneOff).owner);
    cleanup.defer(() => closeSync(owner));
    return Promise.resolve();
  };
  expect(await keptBySweep(paths, detach)).toEqual([oneOff]);
});

it("gives up the ports of a container that was stopped by who was killed before that", async () => {
  await using cleanup = new AsyncDisposableStack();
  const paths = await anInstance(cleanup);
  const id = newId();
  mkdirSync(layoutOf(paths, id).home);
  const port = { hostAddress: "0.0.0.0", hostPort: 8080, protocol: "tcp", containerPort: 80 } as const;
  const lastExit = { startedAt: 1, code: 0, oomKilled: false };
  const stopped = { ...aRecord(id), stopped: true, lastExit, ports: [{ ...port, byPlugins: true as const }] };
  await writeRecord(paths, stopped);
  const detached: ContainerId[] = [];
  const detach = async (each: ContainerId): Promise<void> => Promise.resolve(void detached.push(each));
  expect(await keptBySweep(paths, detach)).toEqual([id]);
  expect(detached).toEqual([id]);
});

async function anInstance(cleanup: AsyncDisposableStack): Promise<RuntimePaths> {
  const folder = await mkdtemp(join(tmpdir(), "sweep-"));
  cleanup.defer(() => rm(folder, { recursive: true }));
  const paths = { dataDir: join(folder, "data"), runDir: join(folder, "run") };
  for (const path of Object.values(foldersOf(paths))) mkdirSync(path, { recursive: true });
  return paths;
}

/** Whose network is kept. */
async function keptBySweep(
  paths: RuntimePaths,
  detach: (id: ContainerId) => Promise<void>,
): Promise<readonly ContainerId[]> {
  let kept: readonly ContainerId[] = [];
  const nobodysImage = (): Promise<never> => Promise.reject(new Error("no image is wanted"));
  await sweepContainers(
    {
      paths,
      settings: defaultSettings,
      images: { open: nobodysImage, claim: nobodysImage },
      network: {
        complete: () => Promise.resolve(),
        attach: nobodysImage,
        detach,
        sweep: async (keep) => {
          kept = [...keep];
          return Promise.resolve();
        },
      },
      names: {
        enter: nobodysImage,
        leave: () => Promise.resolve(),
        sweep: () => Promise.resolve(),
      },
      ports: { ...noPorts, sweep: () => Promise.resolve() },
      cgroups: findCgroups(instanceOf(paths)),
      exitCommand: [],
      volumeTurns: new Turns(),
    },
    { underWay: new Set(), onLeftover: ({ id }) => expect.unreachable(id) },
  );
  return kept;
}
