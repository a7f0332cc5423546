/** Brings a recorded container to the point where its process waits to be started. */
import { lstatSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TallymanError } from "../../model/error.ts";
import { findProgram } from "../../sys/find-program.ts";
import { mountSnapshot } from "../snapshot/snapshot.ts";
import type { UnpackedImage } from "../types.ts";
import type { Engine } from "./engine.ts";
import { writeEtcFiles } from "./etc-files.ts";
import { grantDevices } from "./devices/grant-devices.ts";
import { explainRefusal } from "./explain-refusal.ts";
import { inspectHost } from "./inspect-host.ts";
import { layoutOf } from "./layout.ts";
import { loadSeccomp } from "./load-seccomp.ts";
import { createMonitored } from "./monitor.ts";
import { prepareMounts } from "./prepare-mounts.ts";
import { readUserFiles } from "./read-user-files.ts";
import type { ContainerRecord } from "./record.ts";
import { requireCommand } from "./require-command.ts";
import { buildSpec, hostnameOf } from "./spec/build-spec.ts";
import type { ReadyMount } from "./spec/mounts.ts";
import { serializeSpec } from "./spec/oci-spec.ts";
import { initPath } from "./spec/process.ts";
import { resolveUser, type ResolvedUser } from "./spec/user.ts";

/**
 * Returns the record with the new run; to write it is the caller's. Nothing of an earlier run may be there. On failure
 * the caller takes away what it made.
 */
export async function setUp(
  engine: Engine,
  record: ContainerRecord,
  image: UnpackedImage,
): Promise<ContainerRecord> {
  const layout = layoutOf(engine.paths, record.id);
  for (const folder of [layout.bundle, layout.persist, layout.logFolder]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const [root, attachment] = await both(
    prepareRoot(engine, record, image),
    record.spec.network === "bridge" ? attach(engine, record) : undefined,
  );
  const host = inspectHost(engine.cgroups, { withDevices: record.spec.privileged });
  const { id, spec } = record;
  const addresses = attachment?.addresses ?? [];
  const hostname = hostnameOf({ id, spec, host });
  const etc = await writeEtcFiles(layout.etc, { ...spec, hostname, addresses });
  const seccomp = await loadSeccomp(spec);
  const granted = await grantDevices(spec);
  const config = buildSpec({
    id,
    spec,
    image: image.config,
    user: root.user,
    rootPath: layout.merged,
    mounts: withoutDoubles([...root.mounts, ...etc, ...initMounts(record), ...granted.mounts]),
    granted,
    ...(attachment && { netnsPath: attachment.netnsPath }),
    cgroupsPath: engine.cgroups.pathFor(id),
    ...(seccomp && { seccomp }),
    host,
  });
  requireCommand(config, { root: layout.merged, image: spec.image });
  await writeFile(join(layout.bundle, "config.json"), serializeSpec(config), { mode: 0o600 });
  const process = await createMonitored(engine, id).catch((error: unknown) => {
    throw explainRefusal(error, { image: spec.image, args: config.process.args });
  });
  return { ...record, run: { process }, addresses };
}

interface PreparedRoot {
  readonly user: ResolvedUser;
  readonly mounts: readonly ReadyMount[];
}

async function prepareRoot(
  engine: Engine,
  record: ContainerRecord,
  image: UnpackedImage,
): Promise<PreparedRoot> {
  const layout = layoutOf(engine.paths, record.id);
  await mountSnapshot({ ...layout, layers: image.layers, target: layout.merged });
  assertPlainRoot(layout.merged, record.spec.image);
  const userFiles = await readUserFiles(layout.merged);
  return {
    user: resolveUser(record.spec.user ?? image.config.user, userFiles, record.spec.groupAdd),
    mounts: await prepareMounts(record.spec, image.config, {
      dataDir: engine.paths.dataDir,
      root: layout.merged,
      anonymousVolumes: layout.volumes,
      volumeTurns: engine.volumeTurns,
    }),
  };
}

/** Links in their place have led runtimes to mount over the host's (CVE-2025-31133 and its kin). */
function assertPlainRoot(root: string, image: string): void {
  for (const name of ["proc", "sys", "dev"]) {
    const stat = lstatSync(join(root, name), { throwIfNoEntry: false });
    if (!stat || stat.isDirectory()) continue;
    throw new TallymanError("BAD_IMAGE", `${image}: its /${name} is not a folder`, {
      hint: "Such an image can attack the host; use another one.",
    });
  }
}

async function attach(
  engine: Engine,
  record: ContainerRecord,
): Promise<Awaited<ReturnType<Engine["network"]["attach"]>>> {
  const [address] = record.addresses;
  return engine.network.attach(record.id, address === undefined ? {} : { address });
}

/** Where either fails, only after the other has ended: whoever cleans up must not meet it at work. */
async function both<A, B>(first: Promise<A>, second: Promise<B> | undefined): Promise<[A, B | undefined]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === "rejected") throw a.reason;
  if (b.status === "rejected") throw b.reason;
  return [a.value, b.value];
}

function initMounts({ spec }: ContainerRecord): readonly ReadyMount[] {
  if (!spec.init) return [];
  return [{ kind: "bind", source: findProgram("tini-static", "tini"), target: initPath, readOnly: true }];
}

/** The user's own come first and win. */
function withoutDoubles(mounts: readonly ReadyMount[]): readonly ReadyMount[] {
  return mounts.filter(
    (mount, index) => mounts.findIndex((other) => other.target === mount.target) === index,
  );
}
