/**
 * The OCI runtime below a container, runc or another one that has the same command line: which one, and its calls.
 * A container stays with the one that it was made with, whatever the configuration says later.
 */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { codeOf, TallymanError } from "../../../model/error.ts";
import type { ContainerId } from "../../../model/ids.ts";
import { findProgram } from "../../../sys/find-program.ts";
import { run } from "../../../sys/run.ts";
import type { EngineSettings } from "../../settings.ts";
import type { RuntimePaths } from "../../types.ts";
import type { Engine } from "../engine.ts";
import { foldersOf } from "../layout.ts";
import { readRecord, type ContainerRecord } from "../record.ts";

/** As a container's record keeps it. */
export interface OciRuntime {
  readonly name: string;
  /** A program on PATH, or an absolute path. */
  readonly program: string;
}

/** Throws UNKNOWN_RUNTIME or RUNTIME_MISSING, which name what to correct. */
export function chooseRuntime(
  wanted: string | undefined,
  { runtimes, defaultRuntime }: Pick<EngineSettings, "runtimes" | "defaultRuntime">,
): OciRuntime {
  const name = wanted ?? defaultRuntime;
  const key = wanted === undefined ? "`default_runtime` in the configuration" : "`runtime` of the service";
  const program = Object.hasOwn(runtimes, name) ? runtimes[name] : undefined;
  if (program === undefined) {
    throw new TallymanError("UNKNOWN_RUNTIME", `there is no OCI runtime ${JSON.stringify(name)}`, {
      hint: `Add it under runtimes in /etc/tallyman/config.yaml, or correct ${key}; known are ${Object.keys(runtimes).sort().join(", ")}.`,
    });
  }
  const runtime = { name, program };
  const install = isAbsolute(program) ? "Install it" : `Install it: apt-get install ${program}`;
  programOf(runtime, `${install}; or correct runtimes.${name} in the configuration, or ${key}.`);
  return runtime;
}

/** Its absolute path. */
export function programOf({ name, program }: OciRuntime, hint?: string): string {
  if (isAbsolute(program) && existsSync(program)) return program;
  try {
    if (!isAbsolute(program)) return findProgram(program, program);
  } catch (error) {
    if (codeOf(error) !== "PROGRAM_MISSING" || hint === undefined) throw error;
  }
  throw new TallymanError("RUNTIME_MISSING", `the OCI runtime ${name} is not installed: ${program}`, {
    hint: hint ?? "Install it again: containers were made with it.",
  });
}

/** Options before the command. */
export function globalArguments(
  { paths, cgroups }: Pick<Engine, "paths" | "cgroups">,
  runtime: OciRuntime,
): readonly string[] {
  const root = stateRoot(paths, runtime.name);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return [`--root=${root}`, ...(cgroups.systemd ? ["--systemd-cgroup"] : [])];
}

/** Lets a created container's process go on into its command. */
export async function ociStart(
  engine: Pick<Engine, "paths" | "cgroups">,
  { id, runtime }: ContainerRecord,
): Promise<void> {
  await run(programOf(runtime), [...globalArguments(engine, runtime), "start", id]);
}

/** Through the runtime itself: the process that we know may be that of a sandbox around the container's own. */
export async function ociKill(
  paths: RuntimePaths,
  { id, runtime, signal }: Pick<ContainerRecord, "id" | "runtime"> & { readonly signal: number },
): Promise<void> {
  await run(programOf(runtime), [`--root=${stateRoot(paths, runtime.name)}`, "kill", id, String(signal)]);
}

/** Kills what still runs and takes away the runtime's state and cgroups, also half-made ones. */
export async function ociDelete(engine: Engine, id: ContainerId): Promise<void> {
  const found = readRecord(engine.paths, id);
  const own = found.kind === "record" ? found.record.runtime : undefined;
  for (const name of stateRootNames(engine.paths)) {
    const root = stateRoot(engine.paths, name);
    if (!readdirSync(root).some((entry) => entry.includes(id))) continue;
    const program = own?.name === name ? own.program : (engine.settings.runtimes[name] ?? name);
    const runtime = { name, program };
    await run(programOf(runtime), [...globalArguments(engine, runtime), "delete", "--force", id]);
  }
}

/** The FIFO of runc and crun that is there until the container is started. */
export function startFifo(
  paths: RuntimePaths,
  { id, runtime }: Pick<ContainerRecord, "id" | "runtime">,
): string {
  return join(stateRoot(paths, runtime.name), id, "exec.fifo");
}

/** Where each runtime that has been used keeps its state. */
export function stateRoots(paths: RuntimePaths): readonly string[] {
  return stateRootNames(paths).map((name) => stateRoot(paths, name));
}

function stateRootNames(paths: RuntimePaths): readonly string[] {
  const { runc, runtimes } = foldersOf(paths);
  return [
    ...(existsSync(runc) ? ["runc"] : []),
    ...(existsSync(runtimes) ? readdirSync(runtimes).sort() : []),
  ];
}

function stateRoot(paths: RuntimePaths, name: string): string {
  const { runc, runtimes } = foldersOf(paths);
  return name === "runc" ? runc : join(runtimes, name);
}
