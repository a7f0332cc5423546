/**
 * A specification file of the Container Device Interface, versions 0.3 to 1.0: what a vendor's devices need in a
 * container (github.com/cncf-tags/container-device-interface, SPEC.md).
 */
import type { OciHook, OciHookName } from "../../spec/oci-spec.ts";

export interface CdiSpec {
  /** `vendor.com/class`. */
  readonly kind: string;
  /** For whoever has any of the devices. */
  readonly edits: CdiEdits;
  readonly devices: readonly { readonly name: string; readonly edits: CdiEdits }[];
}

export interface CdiEdits {
  readonly env: readonly string[];
  readonly deviceNodes: readonly CdiDeviceNode[];
  readonly mounts: readonly CdiMount[];
  readonly hooks: readonly (OciHook & { readonly hookName: OciHookName })[];
  readonly additionalGids: readonly number[];
}

export interface CdiDeviceNode {
  /** In the container. */
  readonly path: string;
  /** Where the container's path is not the host's. */
  readonly hostPath?: string;
  readonly type?: "b" | "c" | "p";
  readonly major?: number;
  readonly minor?: number;
  readonly fileMode?: number;
  readonly permissions?: string;
  readonly uid?: number;
  readonly gid?: number;
}

export interface CdiMount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly type?: string;
  readonly options: readonly string[];
}

/** Throws an Error in words that go on after the file's name. */
export function parseCdiSpec(value: unknown): CdiSpec {
  const fields = objectIn(value, "it");
  const version = textIn(fields, "cdiVersion");
  if (!/^(0\.[3-9]|1\.0)\.\d+$/.test(version))
    throw new Error(`it has the CDI version ${version}, which is not known`);
  return {
    kind: textIn(fields, "kind"),
    edits: editsIn(fields["containerEdits"]),
    devices: listIn(fields, "devices").map((each) => {
      const device = objectIn(each, "a device");
      return { name: textIn(device, "name"), edits: editsIn(device["containerEdits"]) };
    }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function editsIn(value: unknown): CdiEdits {
  const fields = value === undefined || value === null ? {} : objectIn(value, "containerEdits");
  return {
    env: textsIn(fields, "env"),
    deviceNodes: listIn(fields, "deviceNodes").map(deviceNodeIn),
    mounts: listIn(fields, "mounts").map(mountIn),
    hooks: listIn(fields, "hooks").map(hookIn),
    additionalGids: listIn(fields, "additionalGids").map(Number).filter(Number.isSafeInteger),
  };
}

function deviceNodeIn(value: unknown): CdiDeviceNode {
  const fields = objectIn(value, "a device node");
  const type = optional(fields, "type", "string");
  const isType = type === "b" || type === "c" || type === "p" || type === "u" || type === undefined;
  if (!isType) throw new Error(`a device node is of the type ${type}`);
  return compact({
    path: pathIn(fields, "path"),
    hostPath: optional(fields, "hostPath", "string"),
    type: type === "u" ? "c" : type,
    major: optional(fields, "major", "number"),
    minor: optional(fields, "minor", "number"),
    fileMode: optional(fields, "fileMode", "number"),
    permissions: optional(fields, "permissions", "string"),
    uid: optional(fields, "uid", "number"),
    gid: optional(fields, "gid", "number"),
  });
}

function mountIn(value: unknown): CdiMount {
  const fields = objectIn(value, "a mount");
  return compact({
    hostPath: textIn(fields, "hostPath"),
    containerPath: pathIn(fields, "containerPath"),
    type: optional(fields, "type", "string"),
    options: textsIn(fields, "options"),
  });
}

const hookNames: readonly string[] = [
  ...["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"],
];

function hookIn(value: unknown): CdiEdits["hooks"][number] {
  const fields = objectIn(value, "a hook");
  const hookName = textIn(fields, "hookName");
  if (!hookNames.includes(hookName)) throw new Error(`it has a hook ${hookName}, which no runtime knows`);
  const args = textsIn(fields, "args");
  const env = textsIn(fields, "env");
  return compact({
    hookName: hookName as OciHookName,
    path: pathIn(fields, "path"),
    args: args.length > 0 ? args : undefined,
    env: env.length > 0 ? env : undefined,
    timeout: optional(fields, "timeout", "number"),
  });
}

/** Without the fields that are undefined. */
function compact<T extends object>(fields: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}

function objectIn(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Error(`${what} is not an object`);
}

function listIn(fields: Fields, key: string): readonly unknown[] {
  const value = fields[key];
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new Error(`${key} is not a list`);
}

function textsIn(fields: Fields, key: string): readonly string[] {
  return listIn(fields, key).map((item) => {
    if (typeof item === "string") return item;
    throw new Error(`${key} holds something else than strings`);
  });
}

function textIn(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value === "string" && value !== "") return value;
  throw new Error(`it has no ${key}`);
}

function pathIn(fields: Fields, key: string): string {
  const path = textIn(fields, key);
  if (path.startsWith("/")) return path;
  throw new Error(`${key} is ${JSON.stringify(path)}, which is no absolute path`);
}

interface Types {
  readonly string: string;
  readonly number: number;
}

function optional<Type extends keyof Types>(
  fields: Fields,
  key: string,
  type: Type,
): Types[Type] | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === type) return value as Types[Type];
  throw new Error(`${key} is not a ${type}`);
}
