/**
 * One probe: a command in a running container, under a conmon of its own, which ends it in the end, also where we are
 * gone by then. That conmon holds a tether: whoever comes after us knows that a probe is under way.
 */
import { addAbortListener } from "node:events";
import { closeSync, mkdirSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, messageOf } from "../../model/error.ts";
import type { Healthcheck } from "../../model/healthcheck.ts";
import { findProgram } from "../../sys/find-program.ts";
import { identify, signalGroup } from "../../sys/process.ts";
import { startProgram, type StartedProgram } from "../../sys/start-program.ts";
import { isTethered, openTether } from "../../sys/tether.ts";
import { waitUntil } from "../../sys/wait-until.ts";
import type { Engine } from "../container/engine.ts";
import { isFrozen } from "../container/cgroup/freezer.ts";
import { layoutOf, type ContainerLayout } from "../container/layout.ts";
import { globalArguments, programOf } from "../container/monitor/oci-runtime.ts";
import type { ContainerRecord } from "../container/record.ts";
import { requireRunning } from "../container/require-running.ts";
import { serializeSpec } from "../container/spec/oci-spec.ts";
import { prepareExec } from "../exec/prepare-exec.ts";
import type { ProbeResult } from "./health.ts";
import { begunIn, probeFiles, verdictOf, type ProbeVerdict } from "./probe-verdict.ts";

export interface ProbeRequest {
  readonly engine: Pick<Engine, "paths" | "cgroups" | "settings">;
  readonly record: Pick<ContainerRecord, "id" | "runtime">;
  readonly check: Pick<Healthcheck, "command" | "timeoutMs">;
  /** Aborted, the probe is left to itself, and nothing is known of it. */
  readonly signal: AbortSignal;
}

/** Undefined where there was nothing to learn: it does not run (any more), is paused, or is being probed. */
export async function probe(request: ProbeRequest): Promise<ProbeResult | undefined> {
  const { engine, record, signal } = request;
  const layout = layoutOf(engine.paths, record.id);
  if (isTethered(tetherOf(layout))) return undefined;
  const beganAt = Date.now();
  const verdict = await attempt(request, layout).catch(explain);
  if (verdict === undefined || signal.aborted || !isProbed(request)) return undefined;
  return { beganAt, endedAt: Date.now(), ...verdict };
}

/** Waits until the probe that is under way, if any, has ended. With the container's processes killed, that is soon. */
export async function awaitProbeGone(layout: ContainerLayout): Promise<void> {
  await waitUntil(() => !isTethered(tetherOf(layout)), { timeoutMs: 10_000 });
}

async function attempt(request: ProbeRequest, layout: ContainerLayout): Promise<ProbeVerdict | undefined> {
  const { engine, record, check, signal } = request;
  const process = await prepareExec(engine.paths, record.id, { command: check.command });
  await rm(layout.probe, { recursive: true, force: true });
  const tether = openProbe(request, layout);
  try {
    await writeFile(join(layout.probe, probeFiles.process), serializeSpec(process), { mode: 0o600 });
    const conmon = startProgram(findProgram("conmon", "conmon"), conmonArguments(request, layout), {
      cwd: layout.probe,
      env: { _OCI_SYNCPIPE: "3" },
      stdio: ["ignore", "ignore", "ignore"],
      fds: [tether],
      ownSession: true,
    });
    const { beginTimeoutMs } = engine.settings;
    const limited = await limit(conmon, { layout, beginTimeoutMs, timeoutMs: check.timeoutMs, signal });
    if (signal.aborted) {
      conmon.leave();
      return undefined;
    }
    const verdict = verdictOf(layout);
    await rm(layout.probe, { recursive: true, force: true });
    if (limited === "not-begun" && verdict.outcome === "not-run")
      return { outcome: "not-run", output: `it could not begin within ${beginTimeoutMs / 1000} s` };
    return limited === "late" && verdict.outcome === "failed"
      ? { outcome: "timed-out", output: verdict.output }
      : verdict;
  } finally {
    closeSync(tether);
  }
}

interface Limits {
  readonly layout: ContainerLayout;
  readonly beginTimeoutMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Waits for conmon, and ends what it runs when its time is up, which is counted from when it runs. conmon would do so,
 * too, but go without taking note of its end, as the container's first process cannot. Where nothing runs in time, as
 * the runtime hangs, conmon is ended with it. What had to be ended, if anything.
 */
async function limit(
  conmon: StartedProgram,
  { layout, beginTimeoutMs, timeoutMs, signal }: Limits,
): Promise<"not-begun" | "late" | undefined> {
  let isOver = false;
  const probed = { isLate: false };
  const aborted = Promise.withResolvers<undefined>();
  using _listening = addAbortListener(signal, () => aborted.resolve(undefined));
  const end = Promise.race([conmon.exit, aborted.promise]).finally(() => (isOver = true));
  const hasBegun = (): boolean => isOver || begunIn(layout) !== undefined;
  const begins = waitUntil(hasBegun, { timeoutMs: beginTimeoutMs, pollMs: 10 });
  if ((await Promise.race([end, begins])) === false) {
    endGroup(conmon);
    await end;
    endProbe(layout); // it may have begun just then
    return "not-begun";
  }
  const timer = setTimeout(() => {
    probed.isLate = endProbe(layout);
  }, timeoutMs);
  await end.finally(() => clearTimeout(timer));
  return probed.isLate ? "late" : undefined;
}

function endGroup({ pid }: StartedProgram): void {
  const leader = identify(pid);
  if (leader) signalGroup(leader, SIGKILL);
}

/** False where it has ended, or what is known of it cannot be read: then conmon ends it. */
function endProbe(layout: ContainerLayout): boolean {
  try {
    const pid = begunIn(layout);
    const process = pid === undefined ? undefined : identify(pid);
    return process !== undefined && begunIn(layout) === pid && signalGroup(process, SIGKILL);
  } catch {
    return false;
  }
}

/** Nothing waits in here: who takes the container away meanwhile finds no probe, or one that has its tether. */
function openProbe({ engine, record }: ProbeRequest, layout: ContainerLayout): number {
  requireRunning(engine.paths, record.id);
  mkdirSync(layout.probe, { mode: 0o700 });
  return openTether(tetherOf(layout));
}

function conmonArguments(
  { engine, record, check }: ProbeRequest,
  { probe: folder }: ContainerLayout,
): readonly string[] {
  const [root = ""] = globalArguments(engine, record.runtime); // conmon itself adds the one for systemd
  return [
    ...["--api-version", "1", "--sync", "--exec", "--exec-process-spec", join(folder, probeFiles.process)],
    ...["--cid", record.id, "--cuuid", record.id, "--name", record.id],
    ...["--runtime", programOf(record.runtime), "--bundle", folder, "--no-new-keyring", "--full-attach"],
    ...["--container-pidfile", join(folder, "pidfile"), "--timeout", `${timeoutSeconds(check)}`],
    // Relative to its working folder: conmon takes a colon in the path for the end of it.
    ...[
      "--log-path",
      `k8s-file:${probeFiles.output}`,
      "--log-global-size-max",
      `${maxLogBytes}`,
      "--no-sync-log",
    ],
    ...["--log-level", "warning", ...(engine.cgroups.systemd ? ["--systemd-cgroup"] : [])],
    ...[root, "--log-format=json", `--log=${join(folder, "oci.log")}`].flatMap((each) => [
      "--runtime-arg",
      each,
    ]),
  ];
}

/** More than is kept: each line has its time in front. */
const maxLogBytes = 64 * 1024;

const SIGKILL = 9;

/** For when we are gone by then. */
function timeoutSeconds({ timeoutMs }: ProbeRequest["check"]): number {
  return Math.ceil(timeoutMs / 1000) + 5;
}

/** A command that is not there is a fault of the container's; whatever else keeps a probe from running is not. */
function explain(error: unknown): ProbeVerdict {
  const output = messageOf(error);
  const exitCode = shellCodes[codeOf(error) ?? ""];
  return exitCode === undefined ? { outcome: "not-run", output } : { outcome: "failed", exitCode, output };
}

const shellCodes: Readonly<Partial<Record<string, number>>> = {
  EXEC_NOT_FOUND: 127,
  EXEC_NOT_EXECUTABLE: 126,
};

function isProbed({ engine, record }: ProbeRequest): boolean {
  try {
    requireRunning(engine.paths, record.id);
    return !isFrozen(engine.cgroups, record.id);
  } catch {
    return false;
  }
}

function tetherOf({ probe: folder }: ContainerLayout): string {
  return join(folder, probeFiles.tether);
}
