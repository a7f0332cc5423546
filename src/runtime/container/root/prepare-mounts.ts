/** Makes ready what is to be mounted: sources that exist, targets inside the root, volumes filled. */
import { existsSync, statSync, type Stats } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ContainerSpec, Mount } from "../../../model/container-spec.ts";
import { codeOf, messageOf, TallymanError } from "../../../model/error.ts";
import { fileSystemAnswers } from "../../../sys/file-system-answers.ts";
import { resolveInRoot } from "../../../sys/open-in-root.ts";
import type { ImageConfig } from "../../image/types.ts";
import { fillVolume } from "../../volume/fill-volume.ts";
import { mountVolumePart } from "../../volume/volume-part.ts";
import { contentOf, volumeFolder } from "../../volume/volumes.ts";
import type { ReadyMount } from "../spec/mounts.ts";
import type { Turns } from "../../turns.ts";

export interface MountContext {
  readonly dataDir: string;
  /** The mounted root file system. */
  readonly root: string;
  /** Where the container's anonymous volumes are. */
  readonly anonymousVolumes: string;
  /** For parts of volumes, until the container is made. */
  readonly volumeParts: string;
  readonly volumeTurns: Turns;
  /** How long what is bound may take to say what it is. */
  readonly answerTimeoutMs: number;
}

/** The spec's mounts, and an anonymous volume for each volume of the image that they leave free. */
export async function prepareMounts(
  spec: ContainerSpec,
  image: ImageConfig,
  context: MountContext,
): Promise<readonly ReadyMount[]> {
  const wanted = spec.mounts.map((mount) => ({ ...mount, target: resolveTarget(mount, context.root) }));
  const targets = wanted.map((mount) => mount.target);
  const twice = wanted.find((mount, index) => targets.indexOf(mount.target) < index);
  if (twice)
    throw refused(twice, "something else is mounted there, too", "Give each mount a target of its own.");
  const ofImage = image.volumes
    .map((target): Mount => ({ kind: "volume", target, readOnly: false, noCopy: false }))
    .map((mount) => ({ ...mount, target: resolveTarget(mount, context.root) }))
    .filter((mount) => !targets.includes(mount.target));
  const ready: ReadyMount[] = [];
  for (const mount of [...wanted, ...ofImage]) ready.push(await prepareMount(mount, context));
  return ready;
}

async function prepareMount(mount: Mount, context: MountContext): Promise<ReadyMount> {
  const { target } = mount;
  switch (mount.kind) {
    case "tmpfs":
      return mount;
    case "bind": {
      const source = await bindSource(mount, context);
      assertSameKind(mount, source, statSync(join(context.root, target), { throwIfNoEntry: false }));
      const { readOnly, propagation, recursive } = mount;
      return {
        ...{ kind: "bind", source: mount.source, target, readOnly, ownIds: true },
        ...(propagation !== undefined && { propagation }),
        ...(recursive !== undefined && { recursive }),
      };
    }
    case "volume": {
      const folder = await volumeSource(mount, context);
      const { readOnly, subpath, noCopy } = mount;
      if (subpath !== undefined) {
        const source = await partOf(mount, { content: contentOf(folder), subpath, context });
        return { kind: "bind", source, target, readOnly, ownIds: true };
      }
      if (!noCopy) {
        await context.volumeTurns.take(folder, () => fillVolume(folder, { root: context.root, target }));
      }
      return { kind: "bind", source: contentOf(folder), target, readOnly, ownIds: true };
    }
  }
}

/** What the runtime mounts there is the container's protection, or a way around it. */
const guarded = ["/proc", "/sys", "/dev"];
const allowedInDev = new Set(["/dev/shm", "/dev/mqueue"]);

function resolveTarget(mount: Mount, root: string): string {
  const target = inRoot(mount, root);
  const isGuarded = guarded.some((folder) => target === folder || target.startsWith(`${folder}/`));
  if (target !== "/" && (!isGuarded || allowedInDev.has(target))) return target;
  throw refused(
    mount,
    `nothing may be mounted at ${target}`,
    "Choose a target outside /, /proc, /sys and /dev.",
  );
}

function inRoot(mount: Mount, root: string): string {
  try {
    return resolveInRoot(root, mount.target);
  } catch (error) {
    throw refused(mount, messageOf(error), "Choose a target that the image has no link at.", error);
  }
}

async function bindSource(
  mount: Mount & { kind: "bind" },
  { answerTimeoutMs }: MountContext,
): Promise<Stats> {
  if (!(await fileSystemAnswers(mount.source, { timeoutMs: answerTimeoutMs }))) {
    throw refused(mount, "its file system does not answer", "Is the server that it comes from away?");
  }
  if (mount.createSource) {
    await mkdir(mount.source, { recursive: true }).catch((error: unknown) => {
      if (!existsSync(mount.source)) {
        throw refused(mount, `its source cannot be made: ${messageOf(error)}`, "Make it by hand.", error);
      }
    });
  }
  const source = statSync(mount.source, { throwIfNoEntry: false });
  if (source) return source;
  throw refused(mount, "its source is not there", `Make ${mount.source}, or correct the path.`);
}

function assertSameKind(mount: Mount, source: Stats, target: Stats | undefined): void {
  if (!target || source.isDirectory() === target.isDirectory()) return;
  const kind = (stats: Stats): string => (stats.isDirectory() ? "a folder" : "a file");
  throw refused(
    mount,
    `the source is ${kind(source)} and what the image has there is ${kind(target)}`,
    "Mount a file on a file, a folder on a folder.",
  );
}

async function volumeSource(mount: Mount & { kind: "volume" }, context: MountContext): Promise<string> {
  if (mount.volume === undefined) {
    const name = createHash("sha256").update(mount.target).digest("hex").slice(0, 16);
    const folder = join(context.anonymousVolumes, name);
    await mkdir(contentOf(folder), { recursive: true });
    return folder;
  }
  const folder = volumeFolder(context.dataDir, mount.volume);
  if (existsSync(contentOf(folder))) return folder;
  throw refused(mount, "there is no such volume", `Create the volume ${mount.volume} first.`);
}

async function partOf(
  mount: Mount,
  part: { readonly content: string; readonly subpath: string; readonly context: MountContext },
): Promise<string> {
  const { content, subpath, context } = part;
  try {
    const source = await mountVolumePart(content, { subpath, clones: context.volumeParts });
    const inImage = statSync(join(context.root, mount.target), { throwIfNoEntry: false });
    assertSameKind(mount, statSync(source), inImage);
    return source;
  } catch (error) {
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") throw error;
    throw refused(mount, `it has no ${subpath}`, "Make it first, from a container that mounts all of it.");
  }
}

function refused(mount: Mount, why: string, hint: string, cause?: unknown): TallymanError {
  return new TallymanError("MOUNT_REFUSED", `cannot mount ${describe(mount)} at ${mount.target}: ${why}`, {
    hint,
    cause,
  });
}

function describe(mount: Mount): string {
  switch (mount.kind) {
    case "bind":
      return mount.source;
    case "volume":
      return mount.volume === undefined ? "an anonymous volume" : `volume ${mount.volume}`;
    case "tmpfs":
      return "a tmpfs";
  }
}
