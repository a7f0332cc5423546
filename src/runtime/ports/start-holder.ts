/** Starts a holder, and ends one. */
import { closeSync, existsSync, readFileSync } from "node:fs";
import { TallymanError } from "../../model/error.ts";
import type { HeldPort } from "../../model/route.ts";
import { bindSocket } from "../../sys/bind-socket.ts";
import { findProgram } from "../../sys/find-program.ts";
import {
  groupLives,
  identify,
  isAlive,
  signalGroup,
  signalProcess,
  type ProcessIdentity,
} from "../../sys/process.ts";
import { startProgram, type StartedProgram } from "../../sys/start-program.ts";
import { waitUntil } from "../../sys/wait-until.ts";
import { parseListening } from "../network/listening-socket.ts";
import type { RuntimePaths } from "../types.ts";
import { answerableAddress } from "./answerable-address.ts";
import { findHolders, hasBecomeHolder } from "./find-holders.ts";
import { boundAddress, holderCommand, holderMark, holderName } from "./holder.ts";

export interface HolderOptions {
  readonly paths: RuntimePaths;
  /** What to put before its command line so that it outlives the service that starts it. */
  readonly apart: readonly string[];
  /** Takes its process out of the cgroups of whoever starts it, where `apart` does not. */
  readonly adopt?: (pid: number) => void;
}

const sigterm = 15;
const sigkill = 9;

/** Resolves when it holds the port and answers. Throws EADDRINUSE, PORT_NOT_ANSWERED. */
export async function startHolder(
  port: HeldPort,
  { paths, apart, adopt }: HolderOptions,
): Promise<ProcessIdentity> {
  const programs = { setpriv: findProgram("setpriv", "util-linux"), socat: findProgram("socat", "socat") };
  const mark = holderMark(paths, holderName(port));
  const answers = answerableAddress(port, addressesOfHost());
  if (answers !== undefined && isListening(port, answers)) {
    throw new TallymanError("EADDRINUSE", `another program listens on port ${port.hostPort} of ${answers}`);
  }
  const [command = "", ...args] = [
    ...apart,
    ...holderCommand(programs, { port, mark, ...(answers !== undefined && { answers }) }),
  ];
  const address = boundAddress(port);
  const fds =
    address === undefined ? [] : [bindSocket({ protocol: port.protocol, address, port: port.hostPort })];
  try {
    const started = startProgram(command, args, {
      stdio: ["ignore", "ignore", "ignore"],
      fds,
      cwd: "/",
      ownSession: true,
    });
    started.leave();
    started.exit.catch(() => undefined); // whoever looks after it misses it
    const process = identify(started.pid);
    if (process !== undefined) adopt?.(process.pid);
    await untilKnown(started, paths);
    if (answers !== undefined) await untilListening(port, { address: answers, ended: started.exit });
    if (process !== undefined) return process;
    await started.exit;
    throw new TallymanError("PORT_NOT_HELD", `${command} ended at once`);
  } finally {
    fds.forEach((fd) => closeSync(fd));
  }
}

export interface RunningHolder {
  readonly port: HeldPort;
  readonly leader: ProcessIdentity;
}

/** Whatever its connections do: nobody is behind the port any more. */
export async function endHolder({ port, leader }: RunningHolder, options: HolderOptions): Promise<void> {
  if (!signalGroup(leader, sigterm)) {
    await endLeftovers(port, options);
    return;
  }
  if (await waitUntil(() => !groupLives(leader), { timeoutMs: 5_000, pollMs: 2 })) return;
  signalGroup(leader, sigkill);
}

/** Ends what is left of a holder that somebody killed: its connections keep the port. True where there was something. */
export async function endLeftovers(port: HeldPort, { paths }: HolderOptions): Promise<boolean> {
  const name = holderName(port);
  const left = findHolders(paths).filter((one) => one.name === name);
  for (const { process } of left) signalProcess(process, sigkill);
  // Who is dying has no command line any more, and its sockets for a moment still.
  const gone = (): boolean => left.every(({ process }) => !isAlive(process));
  return left.length > 0 && (await waitUntil(gone, { timeoutMs: 5_000, pollMs: 5 }));
}

/** A program that becomes another one has no command line for a moment: whoever looks for holders would miss it. */
async function untilKnown({ pid, exit }: StartedProgram, paths: RuntimePaths): Promise<void> {
  let hasEnded = false;
  const end = (): void => void (hasEnded = true);
  exit.then(end, end);
  await waitUntil(() => hasEnded || hasBecomeHolder(paths, pid), { timeoutMs: 30_000, pollMs: 1 });
}

async function untilListening(
  port: HeldPort,
  { address, ended }: { readonly address: string; readonly ended: Promise<unknown> },
): Promise<void> {
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  ended.then(stop, stop);
  const settled = (): boolean => stopped.signal.aborted || isListening(port, address);
  const inTime = await waitUntil(settled, { timeoutMs: 30_000, pollMs: 2 });
  if (inTime && !stopped.signal.aborted) return;
  throw new TallymanError(
    "PORT_NOT_ANSWERED",
    `socat does not listen on port ${port.hostPort} of ${address}`,
    {
      hint: `Does the host have the address ${address}? See: ip -6 address`,
    },
  );
}

function isListening({ hostPort, protocol }: HeldPort, address: string): boolean {
  const sockets = parseListening(readFileSync(`/proc/net/${protocol}6`, "utf8"));
  return sockets.some((socket) => socket.port === hostPort && socket.address === address);
}

/** Undefined on a kernel without IPv6. */
function addressesOfHost(): string | undefined {
  const file = "/proc/net/if_inet6";
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
