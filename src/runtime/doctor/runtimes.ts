/** The OCI runtimes of the configuration; runc has a check of its own. */
import { programOf } from "../container/monitor/oci-runtime.ts";
import type { EngineSettings } from "../settings.ts";
import { messageOf } from "../../model/error.ts";
import { run } from "../../sys/run.ts";
import type { Check } from "./check.ts";

/** One that is missing is a warning: only services that name it need it, unless it is the default. */
export async function checkRuntimes({
  runtimes,
  defaultRuntime,
}: Pick<EngineSettings, "runtimes" | "defaultRuntime">): Promise<readonly Check[]> {
  const others = Object.entries(runtimes).filter(([name, program]) => name !== "runc" || program !== "runc");
  return Promise.all(
    others.sort().map(async ([name, program]): Promise<Check> => {
      const shown = `runtime ${name}${name === defaultRuntime ? " (default)" : ""}`;
      try {
        const { stdout } = await run(programOf({ name, program }), ["--version"], { timeoutMs: 5_000 });
        return { name: shown, status: "ok", detail: stdout.split("\n")[0] ?? "" };
      } catch (error) {
        return {
          name: shown,
          status: name === defaultRuntime ? "missing" : "warning",
          detail: messageOf(error),
          remedy: `Install it, or correct runtimes.${name} in the configuration.`,
        };
      }
    }),
  );
}
