/** Who has which address of a network: the files of the CNI plugin `host-local`, only read here. */
import { readdir, readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { codeOf } from "../../model/error.ts";
import { isContainerId, type ContainerId } from "../../model/ids.ts";
import type { RuntimePaths } from "../types.ts";
import { leaseFolder } from "./cni.ts";
import type { HostNetwork } from "./host-network.ts";

export interface Lease {
  readonly address: string;
  readonly id: ContainerId;
  readonly interfaceName: string;
}

export async function leasesOf(
  paths: RuntimePaths,
  { bridge }: Pick<HostNetwork, "bridge">,
): Promise<readonly Lease[]> {
  const folder = join(leaseFolder(paths), bridge);
  const names = await readdir(folder).catch(absent([]));
  const leases = await Promise.all(
    names
      .filter((name) => isIP(name.replaceAll("_", ":")) !== 0)
      .map(async (name): Promise<readonly Lease[]> => {
        const text = await readFile(join(folder, name), "utf8").catch(absent(""));
        const [id = "", interfaceName = "eth0"] = text.split(/\r?\n/);
        return isContainerId(id) ? [{ address: name.replaceAll("_", ":"), id, interfaceName }] : [];
      }),
  );
  return leases.flat();
}

/** What stands for a file or folder that has gone. */
function absent<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (codeOf(error) === "ENOENT") return value;
    throw error;
  };
}
