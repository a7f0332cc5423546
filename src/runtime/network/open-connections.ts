/** Counts the TCP connections that others have open to a container, as the kernel's connection tracking knows them. */
import { familyOf } from "../../model/host-address.ts";
import { run } from "../../sys/run.ts";

/** What comes to it through a published port is tracked; what speaks to its own address may not be. */
export async function openConnections(
  address: string,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<number> {
  const filter = ["--family", `ipv${familyOf(address)}`, "--proto", "tcp", "--reply-src", address];
  let open = 0;
  const onLine = (line: string): void => {
    if (isOpen(line)) open += 1;
  };
  await run("conntrack", ["--dump", ...filter], { onLine, timeoutMs });
  return open;
}

/** A line of what conntrack(8) prints: also those that are just being made, or closed on one side only. Pure. */
export function isOpen(line: string): boolean {
  const state = /^tcp +\d+ +\d+ +([A-Z_]+) /.exec(line)?.[1];
  return state !== undefined && !closed.includes(state);
}

const closed: readonly string[] = ["LAST_ACK", "TIME_WAIT", "CLOSE"];
