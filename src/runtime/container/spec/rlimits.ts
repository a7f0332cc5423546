/** Resource limits as in setrlimit(2), within what we may set. */
import type { Ulimit } from "../../../model/container-spec.ts";
import { ulimitNames } from "../../../model/ulimits.ts";
import { TallymanError } from "../../../model/error.ts";
import type { HostFacts } from "./host-facts.ts";
import type { OciRlimit } from "./oci-spec.ts";

/** As Docker on Debian and Podman have it. Always set: else the container would get whatever tallyman runs with. */
const defaultNofile: Ulimit = { name: "nofile", soft: 1_048_576, hard: 1_048_576 };

/** Sorted by type. -1 is no limit. Without CAP_SYS_RESOURCE no hard limit can be raised, so ours caps them. */
export function rlimitsOf(
  ulimits: readonly Ulimit[],
  host: Pick<HostFacts, "capabilities" | "hardLimits">,
): readonly OciRlimit[] {
  const wanted = ulimits.some((ulimit) => ulimit.name === "nofile") ? ulimits : [defaultNofile, ...ulimits];
  const mayRaise = host.capabilities.includes("CAP_SYS_RESOURCE");
  return wanted
    .map((ulimit) => {
      const type = typeOf(ulimit);
      const ceiling = mayRaise ? Infinity : (host.hardLimits[type] ?? Infinity);
      const hard = Math.min(limit(ulimit.hard), ceiling);
      const soft = Math.min(limit(ulimit.soft), hard);
      return { type, soft, hard };
    })
    .toSorted((a, b) => (a.type < b.type ? -1 : 1));
}

const limit = (value: number): number => (value === -1 ? Infinity : value);

function typeOf(ulimit: Ulimit): string {
  if (!ulimitNames.includes(ulimit.name)) {
    throw new TallymanError("UNKNOWN_ULIMIT", `there is no ulimit ${JSON.stringify(ulimit.name)}`, {
      hint: `Known are ${ulimitNames.join(", ")}.`,
    });
  }
  if (limit(ulimit.soft) > limit(ulimit.hard)) {
    throw new TallymanError("BAD_ULIMIT", `ulimit ${ulimit.name}: the soft limit is above the hard one`, {
      hint: "Lower soft, or raise hard.",
    });
  }
  return `RLIMIT_${ulimit.name.toUpperCase()}`;
}
