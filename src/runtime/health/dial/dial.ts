/**
 * A probe over the network, without a process: from inside the container's network namespace, to its own address. So
 * no firewall, isolation or driver of a network has a say in it, and what listens for itself alone is not reached.
 */
import { closeSync, openSync } from "node:fs";
import { isIPv4, type Socket } from "node:net";
import { codeOf, messageOf } from "../../../model/error.ts";
import type { ProbeAction } from "../../../model/probe.ts";
import { connectIn } from "../../../sys/connect-in.ts";
import { isAlive } from "../../../sys/process.ts";
import type { ContainerRecord } from "../../container/record.ts";
import type { ProbeResult } from "../health.ts";
import { askGrpc } from "./ask-grpc.ts";
import { askHttp } from "./ask-http.ts";
import { askTcp } from "./ask-tcp.ts";
import type { Answer } from "./answer.ts";

export type DialAction = Exclude<ProbeAction, { kind: "exec" }>;

export interface DialRequest {
  readonly record: Pick<ContainerRecord, "run">;
  /** Of the network that it is on, its own or another one's; empty where that has its loopback alone, or is the host's. */
  readonly addresses: readonly string[];
  readonly action: DialAction;
  readonly timeoutMs: number;
  /** Aborted, nothing is known of it. */
  readonly signal: AbortSignal;
}

/** Undefined where there was nothing to learn: it does not run any more, or nobody wants to know. */
export async function dial(request: DialRequest): Promise<ProbeResult | undefined> {
  const { record, signal } = request;
  const beganAt = Date.now();
  const verdict = await attempt(request);
  const isRunning = record.run !== undefined && isAlive(record.run.process);
  if (signal.aborted || !isRunning) return undefined;
  return { beganAt, endedAt: Date.now(), ...verdict };
}

type Verdict = Pick<ProbeResult, "outcome" | "output">;

async function attempt({ action, timeoutMs, signal, ...place }: DialRequest): Promise<Verdict> {
  const late = AbortSignal.timeout(timeoutMs);
  const over = AbortSignal.any([signal, late]);
  let socket: Socket;
  try {
    socket = connect(place, action.port);
  } catch (error) {
    return { outcome: "not-run", output: messageOf(error) };
  }
  socket.on("error", () => undefined); // whoever waits for something on it is told, too
  over.addEventListener("abort", () => socket.destroy(), { once: true });
  try {
    over.throwIfAborted(); // no event tells what has been already
    const { isGood, output } = await Promise.race([ask(action, socket), abortion(over)]);
    return { outcome: isGood ? "passed" : "failed", output };
  } catch (error) {
    if (late.aborted) return { outcome: "timed-out", output: `no answer within ${timeoutMs} ms` };
    const isOurs = ownFailures.includes(codeOf(error));
    return { outcome: isOurs ? "not-run" : "failed", output: messageOf(error) };
  } finally {
    socket.destroy();
  }
}

function connect(
  { record: { run }, addresses }: Pick<DialRequest, "record" | "addresses">,
  port: number,
): Socket {
  const address = addresses.find(isIPv4) ?? addresses[0] ?? "127.0.0.1";
  if (run === undefined) throw new Error("it does not run");
  const namespace = openSync(`/proc/${run.process.pid}/ns/net`, "r");
  try {
    if (!isAlive(run.process)) throw new Error("it does not run any more");
    return connectIn(namespace, { address, port });
  } finally {
    closeSync(namespace);
  }
}

function ask(action: DialAction, socket: Socket): Promise<Answer> {
  switch (action.kind) {
    case "http":
      return askHttp(action, socket);
    case "tcp":
      return askTcp(socket);
    case "grpc":
      return askGrpc(action, socket);
  }
}

/** Of the host, and not of what is probed. */
const ownFailures: readonly unknown[] = ["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EAGAIN", "EADDRNOTAVAIL"];

function abortion(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(new Error("its time is up")), { once: true });
  return promise;
}
