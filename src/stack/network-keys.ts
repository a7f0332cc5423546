/** The networks of its stack that a service joins. */
import type { CanonicalService } from "./canonical-stack.ts";

/** As the file calls them; none where it has those of another container, or of the host. */
export function networkKeys({ network_mode: mode, networks }: CanonicalService): readonly string[] {
  return mode === undefined ? Object.keys(networks ?? { default: null }) : [];
}
