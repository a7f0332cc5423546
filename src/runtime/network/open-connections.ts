/** Counts the TCP connections that others have open to a container, as the kernel's connection tracking knows them. */
import { familyOf } from "../../model/host-address.ts";
import { run } from "../../sys/run.ts";

/** What comes to it through a published port is tracked; what speaks to its own address may not be. */
export async function openConnections(address: string): Promise<number> {
  const filter = ["--family", `ipv${familyOf(address)}`, "--proto", "tcp", "--reply-src", address];
  const { stdout } = await run("conntrack", ["--dump", ...filter], { maxOutputBytes });
  return countOpen(stdout);
}

/** Some 150 bytes for each, those that were closed in the last two minutes among them: 1.7 million. */
const maxOutputBytes = 256 * 1024 * 1024;

/** In the output of conntrack(8): also those that are just being made, or closed on one side only. Pure. */
export function countOpen(dump: string): number {
  const states = dump.split("\n").flatMap((line) => /^tcp +\d+ +\d+ +([A-Z_]+) /.exec(line)?.[1] ?? []);
  return states.filter((state) => !closed.includes(state)).length;
}

const closed: readonly string[] = ["LAST_ACK", "TIME_WAIT", "CLOSE"];
