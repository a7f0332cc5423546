/** Takes away what an interrupted run left on the host. Only what is named after one of our containers is touched. */
import { rm } from "node:fs/promises";
import { isContainerId, type ContainerId } from "../../model/ids.ts";
import { isTethered } from "../../sys/tether.ts";
import type { Names } from "../names/types.ts";
import type { Network } from "../network/types.ts";
import type { Ports } from "../ports/types.ts";
import type { Leftover } from "../types.ts";
import { containersInCgroups } from "./cgroup/cgroups.ts";
import { removeCompanions } from "./cgroup/companions.ts";
import { removeCgroupParents } from "./cgroup/remove-parents.ts";
import { releaseLeftVolumes } from "./anonymous-volumes.ts";
import type { Engine } from "./engine.ts";
import { giveUpPorts } from "./give-up-ports.ts";
import { foldersOf, layoutOf } from "./layout.ts";
import { idsIn } from "./list.ts";
import { stateRoots } from "./monitor/oci-runtime.ts";
import { readRecord } from "./record.ts";
import { removeContainer } from "./remove.ts";

export interface SweepOptions {
  /** Containers that are in the hands of another operation. */
  readonly underWay: ReadonlySet<string>;
  readonly onLeftover: (leftover: Leftover) => void;
}

/**
 * What cannot be taken away is told, keeps its network, and waits for the next sweep; the others go.
 *
 * A one-off container goes when its owner is gone, and is left to it until then, from before there is anything of it.
 * Containers that are `underWay` are left alone; so are damaged ones, which someone should look
 * at, and incomplete ones, whose creation can be repeated.
 */
export async function sweepContainers(
  engine: Engine & {
    readonly network: Pick<Network, "sweep">;
    readonly names: Pick<Names, "sweep">;
    readonly ports: Pick<Ports, "sweep">;
  },
  { underWay, onLeftover }: SweepOptions,
): Promise<void> {
  const folders = [...Object.values(foldersOf(engine.paths)), ...stateRoots(engine.paths)];
  const present = [...folders.flatMap(idsIn), ...containersInCgroups(engine.cgroups)];
  const keep = new Set<ContainerId>([...underWay].filter(isContainerId));
  for (const id of new Set(present)) {
    if (keep.has(id)) continue;
    const isKept = isWanted(engine, id);
    if (isKept) keep.add(id);
    await (isKept ? endStop(engine, id) : takeAway(engine, id)).catch((error: unknown) => {
      keep.add(id);
      onLeftover({ id, error });
    });
  }
  await releaseLeftVolumes(engine.paths);
  // One-off containers may have begun since they were looked for.
  for (const id of idsIn(foldersOf(engine.paths).owners)) {
    if (isTethered(layoutOf(engine.paths, id).owner)) keep.add(id);
  }
  if (keep.size === 0) await engine.names.sweep(keep); // while their bridges are there
  await engine.network.sweep(keep);
  if (keep.size > 0) await engine.names.sweep(keep);
  await engine.ports.sweep(keep);
  if (keep.size > 0) return;
  removeCompanions(engine.cgroups);
  await removeCgroupParents(engine.cgroups);
}

async function takeAway(engine: Engine, id: ContainerId): Promise<void> {
  await removeContainer(engine, id);
  await rm(layoutOf(engine.paths, id).owner, { force: true });
}

/** Of whoever was killed meanwhile, or while others shared its network. */
async function endStop(engine: Engine, id: ContainerId): Promise<void> {
  const found = readRecord(engine.paths, id);
  if (found.kind === "record") await giveUpPorts(engine, found.record);
}

function isWanted(engine: Engine, id: ContainerId): boolean {
  if (isTethered(layoutOf(engine.paths, id).owner)) return true;
  const found = readRecord(engine.paths, id);
  switch (found.kind) {
    case "record":
      return !found.record.removing && found.record.oneOff !== true;
    case "damaged":
      return true;
    case "absent":
      return false;
  }
}
