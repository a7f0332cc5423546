/** Volumes, binds and tmpfs of a service as mounts with absolute paths, sorted by target. */
import { posix } from "node:path";
import type { Mount } from "../../model/container-spec.ts";
import type { CanonicalMount, CanonicalService } from "../canonical-stack.ts";
import { type Checking, errorAt, warningAt } from "../../document/checking.ts";
import { parseSize } from "../../document/size.ts";
import { hostPath, type ImageContext } from "./image.ts";

export interface MountContext extends ImageContext {
  readonly path: string;
  readonly checking: Checking;
  /** The name in the volume store for a key under `volumes`. */
  readonly volumeName: (key: string) => string;
}

export function mountsOf(service: CanonicalService, context: MountContext): readonly Mount[] {
  const volumes = service.volumes ?? [];
  const mounts = volumes.flatMap((mount, index) => {
    return toMount(mount, { ...context, path: `${context.path}.volumes[${index}]` }) ?? [];
  });
  const taken = new Set(volumes.map((mount) => mount.target));
  const tmpfs = (service.tmpfs ?? []).flatMap((text, index) => {
    return toTmpfs(text, { ...context, path: `${context.path}.tmpfs[${index}]`, taken }) ?? [];
  });
  return [...mounts, ...tmpfs].toSorted((a, b) => (a.target < b.target ? -1 : 1));
}

function toMount(mount: CanonicalMount, context: MountContext): Mount | undefined {
  const { type, source, target } = mount;
  const readOnly = mount.read_only === true;
  switch (type) {
    case "volume": {
      const noCopy = mount.volume?.nocopy === true;
      const common = { target, readOnly, noCopy };
      const subpath = subpathOf(mount, context);
      if (source === undefined || source === "") return { kind: "volume", ...common };
      const volume = context.volumeName(source);
      return { kind: "volume", volume, ...(subpath !== undefined && { subpath }), ...common };
    }
    case "bind": {
      const path = hostPath(source ?? "", context);
      const createSource = mount.bind?.create_host_path !== false;
      const { propagation, recursive } = mount.bind ?? {};
      if (path !== undefined) {
        return {
          ...{ kind: "bind", source: path, target, readOnly, createSource },
          ...(propagation !== undefined && { propagation }),
          ...((recursive === "disabled" || recursive === "readonly") && { recursive }),
        };
      }
      errorAt(context.checking, context.path, {
        code: "invalid-volume",
        message: `${context.path} begins with ~, but HOME is not set`,
        hint: "Give an absolute path.",
      });
      return undefined;
    }
    case "tmpfs": {
      const sizeBytes = parseSize(mount.tmpfs?.size ?? "");
      const mode = mount.tmpfs?.mode;
      return tmpfsMount(target, { sizeBytes, mode });
    }
    case "cluster":
    case "image":
    case "npipe":
      errorAt(context.checking, context.path, {
        code: "unsupported-value",
        message: `${context.path} is a mount of type ${type}, which is not supported`,
        hint: "Use a volume, a bind or a tmpfs.",
      });
      return undefined;
  }
}

/** Undefined for the whole volume. */
function subpathOf(
  { source = "", volume }: CanonicalMount,
  { path, checking }: MountContext,
): string | undefined {
  const written = volume?.subpath;
  if (written === undefined) return undefined;
  const subpath = posix.normalize(written).replace(/\/$/, "");
  const leaves = subpath.startsWith("/") || subpath.split("/").includes("..");
  if (leaves || source === "") {
    const why = leaves ? "does not stay within the volume" : "is of a volume without a name, which is empty";
    errorAt(checking, `${path}.volume.subpath`, {
      code: "invalid-volume",
      message: `${path}.volume.subpath is ${JSON.stringify(written)}, which ${why}`,
      hint: leaves ? "Write a relative path without .. in it." : "Name a volume as source.",
    });
  }
  return subpath === "." ? undefined : subpath;
}

/** `/path` or `/path:size=64m,mode=1777`. */
function toTmpfs(
  text: string,
  { path, checking, taken }: MountContext & { readonly taken: ReadonlySet<string> },
): Mount | undefined {
  const [target = "", ...rest] = text.split(":");
  if (!target.startsWith("/") || taken.has(target)) {
    const why = taken.has(target) ? "is a mount of volumes, too" : "is no absolute path";
    errorAt(checking, path, {
      code: taken.has(target) ? "duplicate-target" : "invalid-volume",
      message: `${path}: ${JSON.stringify(target)} ${why}`,
      hint: "Write /path/in/container, with :size=64m,mode=1777 behind it if need be.",
    });
    return undefined;
  }
  let sizeBytes: number | undefined;
  let mode: number | undefined;
  const options: string[] = [];
  for (const option of rest.join(":").split(",").filter(Boolean)) {
    const [key, value = ""] = option.split("=");
    if (key === "size" && parseSize(value) !== undefined) sizeBytes = parseSize(value);
    else if (key === "mode" && /^[0-7]{1,5}$/.test(value)) mode = Number.parseInt(value, 8);
    else if (tmpfsOption.test(option)) options.push(option);
    else {
      warningAt(checking, path, {
        code: "unsupported-value",
        message: `the option ${option} of ${path} is not supported and has no effect`,
        hint: "Write size, mode, uid, gid, nr_inodes, nr_blocks, ro, exec, suid, dev, noatime, or their opposites.",
      });
    }
  }
  return tmpfsMount(target, { sizeBytes, mode, options });
}

/** Of tmpfs(5) and mount(8); what decides about other file systems is not among them. */
const tmpfsOption =
  /^(?:r[ow]|(?:no)?(?:exec|suid|dev|atime|diratime)|relatime|strictatime|size=\d{1,3}%|(?:[ug]id|nr_inodes|nr_blocks)=\d{1,15}[kmg]?)$/;

interface TmpfsOptions {
  readonly sizeBytes: number | undefined;
  readonly mode: number | undefined;
  readonly options?: readonly string[];
}

function tmpfsMount(target: string, { sizeBytes, mode, options = [] }: TmpfsOptions): Mount {
  return {
    kind: "tmpfs",
    target,
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(mode === undefined ? {} : { mode }),
    ...(options.length === 0 ? {} : { options }),
  };
}
