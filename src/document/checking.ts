/** What the stages behind the canonical tree need to say something about a key path. */
import type { Place } from "../model/diagnostic.ts";
import type { Finding, Findings } from "./findings.ts";
import { placeOf, type Places } from "../model/places.ts";

export interface Checking {
  readonly findings: Findings;
  readonly places: Places;
  /** Where the file begins: the place of what it does not say at all. */
  readonly top: Place;
}

type Said = Omit<Finding, "place" | "path">;

/** Says nothing where the value is known to be wrong: what follows from that would only distract. */
export function errorAt({ findings, places, top }: Checking, path: string, said: Said): void {
  if (findings.hasError(path)) return;
  findings.error({ ...said, place: placeOf(places, path) ?? top, path });
}

export function warningAt({ findings, places, top }: Checking, path: string, said: Said): void {
  findings.warning({ ...said, place: placeOf(places, path) ?? top, path });
}
