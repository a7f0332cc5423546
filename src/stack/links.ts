/** `links` of a service: other services that it needs, each under a further name that is its alone. */
import type { CanonicalService } from "./canonical-stack.ts";

export interface CanonicalLink {
  readonly service: string;
  readonly alias: string;
}

/** In the order of the file. One without a name of its own is known by its service's. */
export function linksOf({ links = [] }: CanonicalService): readonly CanonicalLink[] {
  return links.map((link) => {
    const [, service = link, alias = service] = /^([^:]*):(.*)$/.exec(link) ?? [];
    return { service, alias };
  });
}
