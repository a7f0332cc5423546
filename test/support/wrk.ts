/** Requests over 16 connections, by wrk; and what became of them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Wrk extends AsyncDisposable {
  /** Stops it. */
  end(): Promise<Answered>;
}

/** Of all requests since it was started. */
export interface Answered {
  readonly requests: number;
  /** What wrk says of sockets that failed, and of answers that were no success. */
  readonly failures: readonly string[];
}

export interface WrkOptions {
  /** As fast as they can be answered, which takes a processor. Else some three thousand a second. */
  readonly isHurried: boolean;
}

/** On each connection one request after the other. */
export function wrk(url: string, { isHurried }: WrkOptions): Wrk {
  const args = ["--connections", "16", "--threads", "1", "--duration", "1h", "--timeout", "60s"];
  const pace = isHurried ? [] : ["--script", unhurried];
  const child = spawn("wrk", [...args, ...pace, url], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  let output = "";
  child.stdout.on("data", (text: Buffer) => (output += text.toString()));
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return {
    end: async () => {
      await stop("SIGINT");
      return parse(output);
    },
    [Symbol.asyncDispose]: () => stop("SIGKILL"),
  };
}

const unhurried = fileURLToPath(new URL("unhurried.lua", import.meta.url));

function parse(output: string): Answered {
  const requests = /(\d+) requests in/.exec(output)?.[1];
  if (requests === undefined) throw new Error(`wrk has not told of its requests:\n${output}`);
  return { requests: Number(requests), failures: output.match(/(Socket errors|Non-2xx).*/g) ?? [] };
}
