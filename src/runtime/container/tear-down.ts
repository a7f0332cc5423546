/** Takes away what a container has beyond its record, its data and its place in the network. */
import { existsSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { codeOf, TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { waitUntil } from "../../sys/wait-until.ts";
import { removeClones } from "../isolation/clones.ts";
import { unmountSnapshot } from "../snapshot/snapshot.ts";
import { awaitProbeGone } from "../health/probe.ts";
import { removeCgroups } from "./cgroup/cgroups.ts";
import type { Engine } from "./engine.ts";
import { layoutOf } from "./layout.ts";
import { awaitMonitorGone, awaitSettled } from "./monitor/monitor.ts";
import { ociDelete } from "./monitor/oci-runtime.ts";

/** Kills what still runs. Safe to repeat, from whatever point an earlier attempt or an interrupted creation reached. */
export async function tearDown(engine: Engine, id: ContainerId): Promise<void> {
  const layout = layoutOf(engine.paths, id);
  await awaitSettled(layout, engine.settings);
  await ociDelete(engine, id);
  await awaitMonitorGone(layout);
  await awaitCgroupsGone(engine, id);
  await rm(layout.exitNotice, { force: true });
  await rm(layout.exitFile, { force: true });
  await rm(layout.oomFile, { force: true });
  if (!existsSync(layout.bundle)) return;
  await awaitProbeGone(layout);
  unmountSnapshot(layout.merged);
  await removeMountPoint(layout.merged);
  await removeClones(layout.clones);
  await removeClones(layout.volumeParts);
  await rm(layout.bundle, { recursive: true, force: true });
}

async function awaitCgroupsGone(engine: Engine, id: ContainerId): Promise<void> {
  const gone = (): boolean => removeCgroups(engine.cgroups, id);
  if (await waitUntil(gone, { timeoutMs: 10_000 })) return;
  throw new TallymanError("CGROUP_BUSY", `processes of container ${id} cannot be killed`, {
    hint: "Look for them with ps; they may hang on a disk or network file system that does not answer.",
  });
}

/** Not recursive: were it still mounted, the container's data would go. */
async function removeMountPoint(path: string): Promise<void> {
  await rmdir(path).catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error;
  });
}
