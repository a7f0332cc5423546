/** This program as the handler of exits, whose caller has nothing of our environment. */
import { nextRestart } from "../agent/next-restart.ts";
import type { ExitHandler, RuntimePaths } from "../runtime/types.ts";
import { configPath } from "./settings.ts";

export function exitHandler({ dataDir, runDir }: RuntimePaths): ExitHandler {
  const { execPath, execArgv, argv, env } = process;
  const environment = {
    TALLYMAN_DATA_DIR: dataDir,
    TALLYMAN_RUN_DIR: runDir,
    TALLYMAN_CONFIG: configPath(env),
    NODE_COMPILE_CACHE: env["NODE_COMPILE_CACHE"],
  };
  return {
    command: [execPath, ...execArgv, argv[1] ?? "", "on-exit"],
    environment: Object.fromEntries(
      Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    awaits: (status) => nextRestart(status, Date.now())?.kind === "restart",
  };
}
