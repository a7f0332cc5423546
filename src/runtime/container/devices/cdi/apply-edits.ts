/** What CDI devices need, in the words of the runtime specification. */
import { statSync } from "node:fs";
import { TallymanError } from "../../../../model/error.ts";
import type { Granted } from "../../spec/granted.ts";
import type { OciDevice, OciDeviceRule, OciHook, OciHookName, OciMount } from "../../spec/oci-spec.ts";
import { deviceNode } from "../device-node.ts";
import type { CdiDeviceNode, CdiEdits, CdiMount } from "./cdi-spec.ts";

/** Type and number of a node come from the host where the specification leaves them out. */
export function applyEdits(edits: readonly CdiEdits[]): Omit<Granted, "blockIo"> {
  const nodes = edits.flatMap(({ deviceNodes }) =>
    deviceNodes.map((node) => ({ node, device: deviceOf(node) })),
  );
  return {
    devices: nodes.map(({ device }) => device),
    rules: nodes.flatMap(({ node, device }) => ruleOf(device, node.permissions)),
    environment: edits.flatMap(({ env }) => env),
    groups: [...new Set(edits.flatMap(({ additionalGids }) => additionalGids))].filter((gid) => gid > 0),
    mounts: edits.flatMap(({ mounts }) =>
      mounts.map(
        (mount) => ({ kind: "as-given", target: mount.containerPath, mount: toOciMount(mount) }) as const,
      ),
    ),
    hooks: hooksOf(edits),
  };
}

function deviceOf(node: CdiDeviceNode): OciDevice {
  const source = node.hostPath ?? node.path;
  const stat = statSync(source, { throwIfNoEntry: false });
  const found = stat && deviceNode(node.path, stat);
  const { path, type, major, minor, fileMode, uid, gid } = { ...found, ...node };
  if (type === "p" || (type !== undefined && major !== undefined && minor !== undefined)) {
    return {
      ...{ path, type, major: major ?? 0, minor: minor ?? 0 },
      ...(fileMode !== undefined && { fileMode }),
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    };
  }
  throw new TallymanError(
    "DEVICE_MISSING",
    `${source} is no device of this host, and a CDI device needs it`,
    {
      hint: "Have the vendor's tool write its specification anew, or load the driver.",
    },
  );
}

function ruleOf({ type, major, minor }: OciDevice, access = "rwm"): readonly OciDeviceRule[] {
  return type === "p" ? [] : [{ allow: true, type, major, minor, access }];
}

function toOciMount({ hostPath, containerPath, type, options }: CdiMount): OciMount {
  const isBind = options.includes("bind") || options.includes("rbind");
  return {
    destination: containerPath,
    type: type ?? "bind",
    source: hostPath,
    options: type === undefined && !isBind ? ["rbind", ...options] : options,
  };
}

function hooksOf(edits: readonly CdiEdits[]): Granted["hooks"] {
  const hooks: Partial<Record<OciHookName, OciHook[]>> = {};
  for (const { hookName, ...hook } of edits.flatMap((each) => each.hooks)) {
    hooks[hookName] = [...(hooks[hookName] ?? []), hook];
  }
  return hooks;
}
