/** A container's /etc/resolv.conf (resolv.conf(5)): who it asks, in which domains it looks, and how. Pure. */
import type { NameLookup } from "../../../model/name-lookup.ts";

export interface ResolvConfOptions {
  /** The host's own. */
  readonly host: string;
  /** Our resolver for its networks, which asks others for what it does not know. */
  readonly nameserver?: string;
  readonly lookup: NameLookup;
}

/** What nobody says is as the host has it. */
export function resolvConf({ host, nameserver, lookup }: ResolvConfOptions): string {
  const { servers, search, options } = lookup;
  const asked = nameserver === undefined ? servers : [nameserver];
  if (asked === undefined && search === undefined && options === undefined) return host;
  const kept = host.split("\n").filter((line) => isKept(line, { asked, search, options }));
  while (kept.at(-1)?.trim() === "") kept.pop();
  return [
    ...(asked ?? []).map((server) => `nameserver ${server}`),
    ...kept,
    ...(search === undefined || search.length === 0 ? [] : [`search ${search.join(" ")}`]),
    ...optionLines(kept, { nameserver, options }),
    "",
  ].join("\n");
}

/** Resolvers on the host's loopback are not the container's. */
export function withoutLoopback(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s*nameserver\s+(127\.|::1(\s|$|%))/.test(line))
    .join("\n");
}

interface Said {
  readonly asked: readonly string[] | undefined;
  readonly search: readonly string[] | undefined;
  readonly options: readonly string[] | undefined;
}

function isKept(line: string, { asked, search, options }: Said): boolean {
  if (/^\s*nameserver\s/.test(line)) return asked === undefined;
  if (/^\s*(search|domain)\s/.test(line)) return search === undefined;
  if (/^\s*options\s/.test(line)) return options === undefined;
  return asked === undefined;
}

/**
 * Where our resolver is asked, a name is first looked for as it is, so that those of services are not asked for in
 * other domains; unless it is said how many dots it takes.
 */
function optionLines(
  kept: readonly string[],
  { nameserver, options = [] }: { nameserver: string | undefined; options: readonly string[] | undefined },
): readonly string[] {
  const hasDots =
    options.some((option) => option.startsWith("ndots:")) ||
    kept.some((line) => /^\s*options\s.*\bndots:/.test(line));
  const all = [...options, ...(nameserver === undefined || hasDots ? [] : ["ndots:0"])];
  return all.length === 0 ? [] : [`options ${all.join(" ")}`];
}
