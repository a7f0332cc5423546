/** Starts `exec` of the container's OCI runtime, which carries signals and output between us and the process inside. */
import { readFileSync } from "node:fs";
import { TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { memoryFile } from "../../sys/memory-file.ts";
import { startProgram, type StartedProgram, type StartOptions } from "../../sys/start-program.ts";
import { findCgroups } from "../container/cgroup/cgroups.ts";
import { globalArguments, programOf } from "../container/monitor/oci-runtime.ts";
import { requireRecord } from "../container/record.ts";
import { serializeSpec, type OciProcess } from "../container/spec/oci-spec.ts";
import { instanceOf } from "../instance.ts";
import type { RuntimePaths } from "../types.ts";

export interface SpawnExecOptions extends Pick<StartOptions, "stdio" | "ownSession"> {
  readonly process: OciProcess;
  /** More options of `runc exec`. */
  readonly options?: readonly string[];
}

export interface SpawnedExec {
  readonly runc: StartedProgram;
  /** The exit code of the process inside, 128 + n where a signal ended it. Rejects with EXEC_REFUSED, EXEC_LOST. */
  readonly exitCode: Promise<number>;
}

/** The environment may hold secrets: the process goes over in a file that is in no folder. */
export function spawnExec(
  paths: RuntimePaths,
  id: ContainerId,
  { process, stdio, ownSession, options = [] }: SpawnExecOptions,
): SpawnedExec {
  const cgroups = findCgroups(instanceOf(paths));
  const { runtime } = requireRecord(paths, id);
  using spec = memoryFile(serializeSpec(process));
  const log = memoryFile();
  const args = [
    ...globalArguments({ paths, cgroups }, runtime),
    ...["--log-format=json", "--log=/proc/self/fd/4"],
    ...["exec", "--process", "/proc/self/fd/3", ...options, id],
  ];
  const runc = startProgram(programOf(runtime), args, { stdio, ownSession, fds: [spec.fd, log.fd] });
  return { runc, exitCode: exitOf(runc, log.fd).finally(() => log[Symbol.dispose]()) };
}

/** Of runc itself where it fails; a command may have it as well. */
const runcFailed = 255;

async function exitOf(runc: StartedProgram, logFd: number): Promise<number> {
  const { code, killedBy } = await runc.exit;
  if (code === null) {
    const message = `runc was ended by ${killedBy ?? "a signal"}: the command's exit code is unknown`;
    throw new TallymanError("EXEC_LOST", message);
  }
  const words = code === runcFailed ? lastError(readFileSync(`/proc/self/fd/${logFd}`, "utf8")) : undefined;
  if (words === undefined) return code;
  throw new TallymanError("EXEC_REFUSED", `the command could not be started: ${words}`);
}

function lastError(log: string): string | undefined {
  const last = log.split("\n").findLast((line) => line.startsWith("{"));
  const entry: unknown = last === undefined ? undefined : JSON.parse(last);
  if (typeof entry !== "object" || entry === null || !("msg" in entry)) return undefined;
  return typeof entry.msg === "string" ? entry.msg : undefined;
}
