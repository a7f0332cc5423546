/** What this host has of all that containers need. Reads only: nothing on the host is changed, no lock is taken. */
import { messageOf } from "../../model/error.ts";
import { defaultSettings, type EngineSettings } from "../settings.ts";
import type { RuntimePaths } from "../types.ts";
import { checkAddressPools } from "./address-pools.ts";
import { checkAppArmor } from "./app-armor.ts";
import { checkCapabilities } from "./capabilities.ts";
import { checkCgroups } from "./cgroups.ts";
import type { Check } from "./check.ts";
import { checkContainersOnCni } from "./cni-networks.ts";
import { checkCniPlugins } from "./cni-plugins.ts";
import { checkConmon } from "./conmon.ts";
import { checkConntrack } from "./conntrack.ts";
import { checkDataFolder } from "./data-folder.ts";
import { checkFirewalls } from "./firewalls.ts";
import { checkForwarding } from "./forwarding.ts";
import { checkFreeSpace } from "./free-space.ts";
import { checkNftables } from "./nftables.ts";
import { checkOverlayfs } from "./overlayfs.ts";
import { checkPrograms } from "./programs.ts";
import { checkPublishedPorts } from "./published-ports.ts";
import { checkResolvers } from "./resolvers.ts";
import { checkRoot } from "./root.ts";
import { checkRunFolder } from "./run-folder.ts";
import { checkRunc } from "./runc.ts";
import { checkRuntimes } from "./runtimes.ts";
import { checkSeccompProfile } from "./seccomp-profile.ts";
import { checkUserNamespaces } from "./user-namespaces.ts";

type Area = (
  paths: RuntimePaths,
  settings: EngineSettings,
) => Check | readonly Check[] | Promise<Check | readonly Check[]>;

/** In the order in which a reader should mend things. */
const areas: Readonly<Record<string, Area>> = {
  root: checkRoot,
  capabilities: checkCapabilities,
  runc: checkRunc,
  runtimes: (_, settings) => checkRuntimes(settings),
  conmon: checkConmon,
  cgroups: checkCgroups,
  overlayfs: checkOverlayfs,
  "data directory": checkDataFolder,
  "run directory": checkRunFolder,
  "free space": checkFreeSpace,
  nftables: checkNftables,
  "CNI plugins": checkCniPlugins,
  "CNI networks": checkContainersOnCni,
  forwarding: checkForwarding,
  "other firewalls": checkFirewalls,
  "address pools": (paths, { network }) => checkAddressPools(paths, network),
  resolvers: checkResolvers,
  "published ports": checkPublishedPorts,
  connections: checkConntrack,
  "seccomp profile": checkSeccompProfile,
  "user namespaces": checkUserNamespaces,
  AppArmor: checkAppArmor,
  programs: checkPrograms,
};

/** Never rejects: an area that cannot be looked at is a finding of its own. */
export async function checkHost(
  paths: RuntimePaths,
  settings: EngineSettings = defaultSettings,
): Promise<readonly Check[]> {
  const checks = await Promise.all(
    Object.entries(areas).map(([name, area]) => look(name, () => area(paths, settings))),
  );
  return checks.flat();
}

async function look(name: string, area: () => ReturnType<Area>): Promise<Check | readonly Check[]> {
  try {
    return await area();
  } catch (error) {
    return { name, status: "warning", detail: `it could not be checked: ${messageOf(error)}` };
  }
}
