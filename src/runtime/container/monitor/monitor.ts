/**
 * Creates a container's process under conmon, its monitor, which holds its output and waits for its exit. conmon gets
 * no pipe of ours: it answers into a file that is also its tether, so our death at any moment leaves it whole.
 */
import { closeSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../../model/error.ts";
import { findProgram } from "../../../sys/find-program.ts";
import { launch } from "../../../sys/launch.ts";
import {
  groupLives,
  identify,
  signalGroup,
  signalProcess,
  type ProcessIdentity,
} from "../../../sys/process.ts";
import { isTethered, openTether } from "../../../sys/tether.ts";
import { waitUntil } from "../../../sys/wait-until.ts";
import type { EngineSettings } from "../../settings.ts";
import type { Engine } from "../engine.ts";
import { foldersOf, layoutOf, type ContainerLayout } from "../layout.ts";
import { globalArguments, programOf, type OciRuntime } from "./oci-runtime.ts";
import type { ContainerRecord } from "../record.ts";

const endTimeoutMs = 10_000;

type MonitorEngine = Pick<Engine, "paths" | "cgroups" | "exitCommand" | "settings">;

/** In the bundle, to the folder of the log. */
const logLink = "log";

/** The runtime refused; the message is its own words. */
export class CreateRefusedError extends TallymanError {}

/**
 * Resolves to the process, which waits to be started. The bundle and the folders for log and exit must be there. Throws
 * CREATE_REFUSED with the runtime's own words, and CREATE_TIMEOUT where it hung and was killed.
 */
export async function createMonitored(
  engine: MonitorEngine,
  record: Pick<ContainerRecord, "id" | "runtime" | "spec">,
): Promise<ProcessIdentity> {
  const layout = layoutOf(engine.paths, record.id);
  const conmon = findProgram("conmon", "conmon");
  symlinkSync(layout.logFolder, join(layout.bundle, logLink));
  // systemd ends a service with every process in its cgroup; the monitor has to outlive whoever started it.
  const [command = conmon, ...args] = [...engine.cgroups.apart, conmon, ...conmonArguments(engine, record)];
  const tether = openTether(layout.tether);
  try {
    await launch(command, args, { cwd: layout.bundle, env: { _OCI_SYNCPIPE: "3" }, fds: [tether] });
  } finally {
    closeSync(tether);
  }
  if (!(await awaitSettled(layout, engine.settings))) throw hung(record.runtime, engine.settings);
  const answer = readAnswer(layout.tether);
  const process = answer !== undefined && answer.pid > 0 ? identify(answer.pid) : undefined;
  if (process) return process;
  const words = runtimeError(layout.ociLog) ?? answer?.message ?? "its monitor ended without a word";
  throw new CreateRefusedError("CREATE_REFUSED", words);
}

/**
 * Waits until a creation that was begun, by whomever, has come to its end, so that what it makes can be taken away. At
 * once where there is none. False where it hung, and was ended.
 */
export async function awaitSettled(
  layout: ContainerLayout,
  { beginTimeoutMs }: Pick<EngineSettings, "beginTimeoutMs">,
): Promise<boolean> {
  const settled = (): boolean => readAnswer(layout.tether) !== undefined || !isTethered(layout.tether);
  if (await waitUntil(settled, { timeoutMs: beginTimeoutMs, pollMs: 3 })) return true;
  const monitor = monitorOf(layout);
  if (monitor === undefined) return false;
  signalGroup(monitor, 9); // the runtime that it has called is in it
  await waitUntil(() => !groupLives(monitor), { timeoutMs: endTimeoutMs });
  return false;
}

/** Waits for conmon to record the exit of a process that is gone, and to go itself; kills it where it does not. */
export async function awaitMonitorGone(layout: ContainerLayout): Promise<void> {
  // It lets go of the tether before it runs its exit command.
  const gone = (): boolean => !isTethered(layout.tether) && !monitorOf(layout);
  if (await waitUntil(gone, { timeoutMs: endTimeoutMs })) return;
  const monitor = monitorOf(layout);
  if (monitor) signalProcess(monitor, 9);
  if (await waitUntil(gone, { timeoutMs: endTimeoutMs })) return;
  throw new TallymanError("MONITOR_STUCK", `conmon of ${layout.bundle} does not end`, {
    hint: "Look for it with ps; it may hang on a disk that does not answer.",
  });
}

function hung({ name }: OciRuntime, { beginTimeoutMs }: EngineSettings): TallymanError {
  const seconds = beginTimeoutMs / 1000;
  return new TallymanError("CREATE_TIMEOUT", `${name} made no process within ${seconds} s, and was killed`, {
    hint: "Is a folder of the host that it mounts on a file system that does not answer? Else the host may be overloaded; see `tallyman doctor`.",
  });
}

function conmonArguments(
  engine: MonitorEngine,
  { id, runtime, spec }: Pick<ContainerRecord, "id" | "runtime" | "spec">,
): readonly string[] {
  const layout = layoutOf(engine.paths, id);
  const folders = foldersOf(engine.paths);
  const [exitProgram, ...exitArguments] = engine.exitCommand;
  const [root = ""] = globalArguments(engine, runtime); // conmon itself adds the one for systemd
  const runtimeArguments = [root, "--log-format=json", `--log=${layout.ociLog}`];
  return [
    ...["--api-version", "1", "--cid", id, "--cuuid", id, "--name", id],
    ...["--runtime", programOf(runtime), "--bundle", layout.bundle, "--no-new-keyring", "--full-attach"],
    ...["--container-pidfile", join(layout.bundle, "pidfile"), "--conmon-pidfile", layout.conmonPid],
    ...["--exit-dir", folders.exits, "--persist-dir", layout.persist],
    // Relative to the bundle, its working folder: conmon takes a colon in the path for the end of it.
    ...["--log-path", `k8s-file:${logLink}/current.log`, "--log-level", "warning"],
    ...(spec.terminal === true ? ["--terminal"] : []),
    ...(spec.stdin === undefined ? [] : ["--stdin"]),
    ...(spec.stdin === "open" ? ["--leave-stdin-open"] : []),
    ...(engine.cgroups.systemd ? ["--systemd-cgroup"] : []),
    ...(exitProgram === undefined ? [] : ["--exit-command", exitProgram]),
    ...exitArguments.flatMap((argument) => ["--exit-command-arg", argument]),
    ...runtimeArguments.flatMap((argument) => ["--runtime-arg", argument]),
  ];
}

interface Answer {
  /** Below 1: there is none, and `message` may say why. */
  readonly pid: number;
  readonly message?: string;
}

/** conmon's first line; undefined where there is none. */
function readAnswer(path: string): Answer | undefined {
  const text = readIfThere(path);
  const end = text.indexOf("\n");
  if (end < 0) return undefined;
  const line: unknown = JSON.parse(text.slice(0, end));
  if (typeof line !== "object" || line === null) return { pid: -1 };
  const pid = "data" in line && typeof line.data === "number" ? line.data : -1;
  return { pid, ...("message" in line && typeof line.message === "string" && { message: line.message }) };
}

/** The last error of the runtime's JSON log. */
function runtimeError(path: string): string | undefined {
  const messages = readIfThere(path)
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line): unknown => JSON.parse(line));
  for (const entry of messages.reverse()) {
    if (typeof entry === "object" && entry !== null && "msg" in entry && typeof entry.msg === "string")
      return entry.msg;
  }
  return undefined;
}

/** By the pid that it wrote down, if that is still a conmon of this bundle. */
function monitorOf(layout: ContainerLayout): ProcessIdentity | undefined {
  const monitor = identify(Number(readIfThere(layout.conmonPid)));
  const isOurs = monitor && readIfThere(`/proc/${monitor.pid}/cmdline`).split("\0").includes(layout.bundle);
  return isOurs === true ? monitor : undefined;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "";
    throw error;
  }
}
