import { closeSync, mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { ContainerId } from "../../../src/model/ids.ts";
import { findCgroups } from "../../../src/runtime/container/cgroup/cgroups.ts";
import { foldersOf, layoutOf } from "../../../src/runtime/container/layout.ts";
import { sweepContainers } from "../../../src/runtime/container/sweep.ts";
import { Turns } from "../../../src/runtime/turns.ts";
import { instanceOf } from "../../../src/runtime/instance.ts";
import { noPorts } from "../../../src/runtime/ports/types.ts";
import { defaultSettings } from "../../../src/runtime/settings.ts";
import { openTether } from "../../../src/sys/tether.ts";
import { newId } from "../../support/test-runtime.ts";

it("leaves its network to a one-off container that begins while leftovers are taken away", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sweep-"));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true }));
  const paths = { dataDir: join(folder, "data"), runDir: join(folder, "run") };
  const [leftover, oneOff] = [newId(), newId()];
  for (const path of Object.values(foldersOf(paths))) mkdirSync(path, { recursive: true });
  mkdirSync(layoutOf(paths, leftover).home);
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
        detach: async (id) => {
          expect(id).toBe(leftover);
          const owner = openTether(layoutOf(paths, oneOff).owner);
          cleanup.defer(() => closeSync(owner));
          return Promise.resolve();
        },
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
  expect(kept).toEqual([oneOff]);
});
