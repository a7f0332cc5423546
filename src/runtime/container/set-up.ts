/** Brings a recorded container to the point where its process waits to be started. */
import { lstatSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerSpec } from "../../model/container-spec.ts";
import { TallymanError } from "../../model/error.ts";
import { findProgram } from "../../sys/find-program.ts";
import { mountSnapshot, mountSnapshotIdMapped, unmountSnapshot } from "../snapshot/snapshot.ts";
import { removeClones } from "../isolation/clones.ts";
import type { UnpackedImage } from "../image/types.ts";
import { recordEvent } from "../events/journal.ts";
import { eventContainer } from "./event-container.ts";
import type { Engine } from "./engine.ts";
import { anonymousVolumes } from "./anonymous-volumes.ts";
import { writeEtcFiles } from "./root/etc-files.ts";
import { loadDefaultProfile } from "./app-armor/load-default-profile.ts";
import { grantDevices } from "./devices/grant-devices.ts";
import { explainRefusal } from "./monitor/explain-refusal.ts";
import { inspectHost } from "./inspect-host.ts";
import { joinNamespaces, type JoinedNamespaces } from "./namespaces/join-namespaces.ts";
import { layoutOf } from "./layout.ts";
import { loadSeccomp } from "./load-seccomp.ts";
import { mapMounts } from "./root/map-mounts.ts";
import { createMonitored } from "./monitor/monitor.ts";
import { prepareMounts } from "./root/prepare-mounts.ts";
import { readUserFiles } from "./root/read-user-files.ts";
import type { ContainerRecord } from "./record.ts";
import { requireCommand } from "./root/require-command.ts";
import { prepareSharedIpc } from "./namespaces/shared-ipc.ts";
import { buildSpec, hostnameOf, type UserNamespace } from "./spec/build-spec.ts";
import type { ReadyMount } from "./spec/mounts.ts";
import { placesOf } from "../names/places.ts";
import type { AttachedNetwork } from "../network/types.ts";
import { loweredLimits } from "./spec/lowered-limits.ts";
import { serializeSpec } from "./spec/oci-spec.ts";
import { initPath } from "./spec/process.ts";
import { resolveUser, type ResolvedUser } from "./spec/user.ts";
import { assertInRange, givePipes, prepareUserNamespace } from "./namespaces/user-namespace.ts";
import { ownNames } from "./own-names.ts";

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
  await rm(layout.told, { recursive: true, force: true });
  for (const folder of [layout.bundle, layout.persist, layout.logFolder, layout.told]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  if (record.ports) await engine.ports.hold(record.id, record.ports);
  const userNamespace = await prepareUserNamespace(engine, record);
  const [root, attachment] = await both(
    prepareRoot(engine, { record, image, userNamespace }),
    record.spec.network === "bridge" ? attach(engine, { record, userNamespace }) : undefined,
  );
  const host = inspectHost(engine.cgroups, { withDevices: record.spec.privileged });
  const { id } = record;
  const joined = joinNamespaces(engine.paths, record.joins);
  const shared = await prepareSharedIpc(engine.paths, { record, userNamespace });
  const { network: joinedNetwork } = joined;
  const spec = joinedNetwork ? { ...record.spec, ...namesOf(joinedNetwork) } : record.spec;
  const addresses = attachment?.addresses ?? [];
  const nameserver = attachment && (await enter(engine, record, attachment.networks));
  const etc = await writeEtcFiles(layout.etc, {
    network: joinedNetwork?.mode ?? spec.network,
    hostname: hostnameOf({ id, spec, host }),
    ...(spec.domainname !== undefined && { domainname: spec.domainname }),
    addresses: joinedNetwork?.addresses ?? addresses,
    ...(spec.lookup && { lookup: spec.lookup }),
    ...(attachment?.gateway !== undefined && { gateway: attachment.gateway }),
    ...(nameserver !== undefined && { nameserver }),
    ...(joinedNetwork && { sharedFolder: joinedNetwork.etc }),
    readOnly: spec.readOnly,
    ownerId: userNamespace?.ids.first ?? 0,
  });
  const granted = await grantDevices(spec, engine.settings);
  const wanted = withoutDoubles([
    ...root.mounts,
    ...etc,
    ...initMounts(record),
    ...sharedMemoryMounts(shared?.sharedMemory ?? joined.sharedMemory),
    ...granted.mounts,
  ]);
  const mounts = userNamespace
    ? await mapMounts(wanted, { userNamespace: userNamespace.path, folder: layout.clones })
    : wanted;
  const seccomp = await loadSeccomp(spec);
  const defaultAppArmor = await loadDefaultProfile(engine.paths);
  const config = buildSpec({
    id,
    spec,
    image: image.config,
    user: root.user,
    rootPath: layout.merged,
    mounts,
    granted,
    namespacePaths: {
      ...joined.paths,
      ...(shared && { ipc: shared.namespace }),
      ...(attachment && { network: attachment.netnsPath }),
    },
    ...(userNamespace && { userNamespace }),
    noNewPrivileges: record.isolation.noNewPrivileges,
    cgroupsPath: engine.cgroups.pathFor(id),
    ...(seccomp && { seccomp }),
    ...(defaultAppArmor !== undefined && { defaultAppArmor }),
    host,
  });
  if (userNamespace) assertInRange(config.process.user, userNamespace.ids);
  requireCommand(config, { root: layout.merged, image: spec.image });
  await writeFile(join(layout.bundle, "config.json"), serializeSpec(config), { mode: 0o600 });
  const process = await createMonitored(engine, record).catch((error: unknown) => {
    throw explainRefusal(error, { image: spec.image, args: config.process.args });
  });
  await removeClones(layout.clones);
  await removeClones(layout.volumeParts);
  if (userNamespace) givePipes(process.pid, config.process.user, userNamespace.ids);
  for (const lowered of loweredLimits(spec, config.process)) {
    recordEvent(engine.paths.dataDir, {
      kind: "limit-lowered",
      container: eventContainer(record),
      ...lowered,
    });
  }
  return { ...record, run: { process }, addresses, ...(attachment && { networks: attachment.networks }) };
}

interface RootRequest {
  readonly record: ContainerRecord;
  readonly image: UnpackedImage;
  readonly userNamespace: UserNamespace | undefined;
}

interface PreparedRoot {
  readonly user: ResolvedUser;
  readonly mounts: readonly ReadyMount[];
}

async function prepareRoot(
  engine: Engine,
  { record, image, userNamespace }: RootRequest,
): Promise<PreparedRoot> {
  const layout = layoutOf(engine.paths, record.id);
  const snapshot = { home: layout.home, layers: image.layers, target: layout.merged };
  await mountSnapshot(snapshot);
  assertPlainRoot(layout.merged, record.spec.image);
  const userFiles = await readUserFiles(layout.merged);
  const user = resolveUser(record.spec.user ?? image.config.user, userFiles, record.spec.groupAdd);
  const mounts = await prepareMounts(record.spec, image.config, {
    dataDir: engine.paths.dataDir,
    root: layout.merged,
    anonymousVolumes: anonymousVolumes(engine.paths, record),
    volumeParts: layout.volumeParts,
    volumeTurns: engine.volumeTurns,
    answerTimeoutMs: engine.settings.beginTimeoutMs,
  });
  if (userNamespace) {
    unmountSnapshot(layout.merged);
    await mountSnapshotIdMapped(snapshot, {
      userNamespace: userNamespace.path,
      rootId: userNamespace.ids.first,
      folder: layout.clones,
    });
  }
  return { user, mounts };
}

/** As the image was when it was pulled. An older version may have pulled it, and the container may have changed it. */
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
  { record, userNamespace }: Pick<RootRequest, "record" | "userNamespace">,
): Promise<Awaited<ReturnType<Engine["network"]["attach"]>>> {
  const { networks } = record.spec;
  return engine.network.attach(record.id, {
    ...(networks && { networks }),
    ports: record.ports?.filter(({ byPlugins }) => byPlugins) ?? [],
    ...(record.networks && { previous: record.networks }),
    ...(userNamespace && { userNamespace: userNamespace.path }),
  });
}

/** The address of the resolver that it is to ask; undefined where it asks the host's. */
async function enter(
  engine: Engine,
  record: ContainerRecord,
  attached: readonly AttachedNetwork[],
): Promise<string | undefined> {
  const { id, spec, naming } = record;
  const places = placesOf(engine.paths, attached, spec.networks ?? []);
  const { servers, links } = spec.lookup ?? {};
  const asking = { ...(servers && { upstreams: servers }), ...(links && { links }) };
  return places.length === 0
    ? undefined
    : engine.names.enter(id, { ...naming, names: ownNames(record), ...asking, places });
}

function namesOf({
  hostname,
  domainname,
}: NonNullable<JoinedNamespaces["network"]>): Pick<ContainerSpec, "hostname" | "domainname"> {
  return { hostname, ...(domainname !== undefined && { domainname }) };
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

function sharedMemoryMounts(source: string | undefined): readonly ReadyMount[] {
  return source === undefined ? [] : [{ kind: "bind", source, target: "/dev/shm", readOnly: false }];
}

/** The user's own come first and win. */
function withoutDoubles(mounts: readonly ReadyMount[]): readonly ReadyMount[] {
  return mounts.filter(
    (mount, index) => mounts.findIndex((other) => other.target === mount.target) === index,
  );
}
