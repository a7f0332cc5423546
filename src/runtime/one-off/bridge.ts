/** The networks of a one-off container where nothing else runs, so that there are none. It takes the lock for a moment. */
import type { ContainerNetwork } from "../../model/network.ts";
import { defaultNetwork } from "../../model/network.ts";
import { codeOf } from "../../model/error.ts";
import { instanceOf } from "../instance.ts";
import { bridgeExists } from "../network/bridge.ts";
import { hostNetwork } from "../network/host-network.ts";
import { networkRecord } from "../network/network-record.ts";
import type { NetworkRequest } from "../network/types.ts";
import { openRuntime } from "../open.ts";
import type { EngineSettings } from "../settings.ts";
import type { Runtime, RuntimePaths } from "../types.ts";

export interface WantedNetworks {
  /** Absent: the one that all containers share. */
  readonly networks?: readonly ContainerNetwork[];
  /** Those of them that may be made. */
  readonly makes: readonly NetworkRequest[];
}

/**
 * True where it made one; {@link takeBridgeAway} then, when the container is gone. Not where somebody has the lock for
 * longer: then there is none.
 */
export async function bringBridge(
  paths: RuntimePaths,
  settings: EngineSettings,
  { networks, makes }: WantedNetworks,
): Promise<boolean> {
  const names = networks?.map(({ network }) => network) ?? [defaultNetwork];
  if (names.every((name) => isUp(paths, name))) return false;
  return withLock(paths, settings, async (runtime) => {
    for (const request of makes) {
      const { name } = request.spec;
      if (names.includes(name) && networkRecord(paths, name) === undefined)
        await runtime.createNetwork(request);
    }
    await runtime.bringUp(names);
  });
}

function isUp(paths: RuntimePaths, name: string): boolean {
  if (name === defaultNetwork) return bridgeExists(instanceOf(paths));
  const record = networkRecord(paths, name);
  return record !== undefined && bridgeExists(hostNetwork(record));
}

/** Unless it is needed by now. */
export async function takeBridgeAway(paths: RuntimePaths, settings: EngineSettings): Promise<void> {
  await withLock(paths, settings, (runtime) => runtime.sweep());
}

async function withLock(
  paths: RuntimePaths,
  settings: EngineSettings,
  work: (runtime: Runtime) => Promise<void>,
): Promise<boolean> {
  try {
    await using runtime = await openRuntime(paths, settings, { briefly: true });
    await work(runtime);
    return true;
  } catch (error) {
    if (codeOf(error) !== "LOCKED") throw error;
    return false;
  }
}
