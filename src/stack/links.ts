/** `links` and `external_links` of a service: others that it knows under a further name that is its alone. */
import type { CanonicalService } from "./canonical-stack.ts";

export interface CanonicalLink {
  readonly service: string;
  readonly alias: string;
}

export interface CanonicalExternalLink {
  /** Of any stack, as `ps` names it. */
  readonly container: string;
  readonly alias: string;
}

/** To services that it needs, in the order of the file. One without a name of its own is known by its service's. */
export function linksOf({ links = [] }: CanonicalService): readonly CanonicalLink[] {
  return links.map(parts).map(([service, alias]) => ({ service, alias }));
}

/** To containers on networks that it shares with other stacks. They need not be there. */
export function externalLinksOf({
  external_links: links = [],
}: CanonicalService): readonly CanonicalExternalLink[] {
  return links.map(parts).map(([container, alias]) => ({ container, alias }));
}

function parts(link: string): readonly [name: string, alias: string] {
  const [, name = link, alias = name] = /^([^:]*):(.*)$/.exec(link) ?? [];
  return [name, alias];
}
