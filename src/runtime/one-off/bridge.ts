/** The bridge of a one-off container where nothing else runs, so that there is none. It takes the lock for a moment. */
import { codeOf } from "../../model/error.ts";
import { instanceOf } from "../instance.ts";
import { bridgeExists } from "../network/bridge.ts";
import { openRuntime } from "../open.ts";
import type { EngineSettings } from "../settings.ts";
import type { Runtime, RuntimePaths } from "../types.ts";

/**
 * True where it made one; {@link takeBridgeAway} then, when the container is gone. Not where somebody has the lock for
 * longer: then there is none.
 */
export async function bringBridge(paths: RuntimePaths, settings: EngineSettings): Promise<boolean> {
  if (bridgeExists(instanceOf(paths))) return false;
  return withLock(paths, settings, (runtime) => runtime.setRoutes([]));
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
