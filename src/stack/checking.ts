/** What the stages behind the canonical tree need to say something about a key path. */
import type { Finding, Findings } from "./findings.ts";
import { placeOf, type Places } from "./places.ts";

export interface Checking {
  readonly findings: Findings;
  readonly places: Places;
}

type Said = Omit<Finding, "place" | "path">;

export function errorAt({ findings, places }: Checking, path: string, said: Said): void {
  findings.error({ ...said, place: placeOf(places, path), path });
}

export function warningAt({ findings, places }: Checking, path: string, said: Said): void {
  findings.warning({ ...said, place: placeOf(places, path), path });
}
