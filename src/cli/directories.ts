/** Where all state is, as the environment says. */
import { resolve } from "node:path";
import type { RuntimePaths } from "../runtime/types.ts";

export function directories(environment: NodeJS.ProcessEnv): RuntimePaths {
  return {
    dataDir: resolve(environment["TALLYMAN_DATA_DIR"] ?? "/var/lib/tallyman"),
    runDir: resolve(environment["TALLYMAN_RUN_DIR"] ?? "/run/tallyman"),
  };
}
