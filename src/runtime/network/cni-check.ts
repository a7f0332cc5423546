/** Asks the plugins of CNI networks whether all is as they left it (CHECK, CNI specification 1.0, section 4). */
import { messageOf } from "../../model/error.ts";
import { isIPv6Address } from "../../model/host-address.ts";
import type { ContainerId } from "../../model/ids.ts";
import { isPinned } from "../../sys/pinned-namespace.ts";
import { limiter } from "../image/limiter.ts";
import type { RuntimePaths } from "../types.ts";
import { cniCall, type CniPlace } from "./cni-call.ts";
import type { CniConfiguration, CniPlugin } from "./cni-configuration.ts";
import { callPlugin } from "./cni-plugin.ts";
import {
  cniInterfacesOn,
  cniNetworkNames,
  readCniRecord,
  type CniInterface,
  type CniRecord,
} from "./cni-record.ts";
import { addressesIn } from "./cni-result.ts";
import { namespacePath } from "./namespace.ts";

export interface CniFinding {
  readonly network: string;
  readonly id: ContainerId;
  /** What the first plugin says that finds something; absent where all is as it was left. */
  readonly problem?: string;
}

/** A plugin that hangs is waited for a minute: the others are asked meanwhile. */
const atOnce = 16;

/** One for each container on such a network whose plugins can be asked, in order of network and container. */
export async function checkCniNetworks(paths: RuntimePaths): Promise<readonly CniFinding[]> {
  const limit = limiter(atOnce);
  const asked = cniNetworkNames(paths).flatMap((network) =>
    cniInterfacesOn(paths, { name: network }).map((place) => limit(() => ask(paths, { network, ...place }))),
  );
  return (await Promise.all(asked)).flatMap((finding) => finding ?? []);
}

/** Undefined where they cannot be asked. */
async function ask(
  paths: RuntimePaths,
  { network, ...place }: CniInterface & { readonly network: string },
): Promise<CniFinding | undefined> {
  const netnsPath = namespacePath(paths, place.id);
  const record = await readCniRecord(paths, { name: network }, place);
  if (record?.result === undefined || !isAsked(record.configuration) || !(await isPinned(netnsPath)))
    return undefined;
  const problem = await problemWith(record, { ...place, netnsPath });
  return { network, id: place.id, ...(problem !== undefined && { problem }) };
}

/** There is no such question before version 0.4.0. */
function isAsked({ cniVersion, disableCheck }: CniConfiguration): boolean {
  const [major = 0, minor = 0] = cniVersion.split(".").map(Number);
  return disableCheck !== true && (major > 0 || minor >= 4);
}

/** It looks for rules of IPv6 where ip6tables is there, also for a container without IPv6, for which it made none. */
function isMistaken({ type }: CniPlugin, { result }: CniRecord): boolean {
  return type === "portmap" && !addressesIn(result).some(isIPv6Address);
}

async function problemWith(record: CniRecord, place: CniPlace): Promise<string | undefined> {
  try {
    const asked = record.configuration.plugins.filter((plugin) => !isMistaken(plugin, record));
    for (const plugin of asked) {
      await callPlugin({ ...cniCall(plugin, { ...record, place }), command: "CHECK" });
    }
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
