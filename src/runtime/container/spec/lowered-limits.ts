/** Limits that the host does not let us give as they were asked for. */
import type { ContainerSpec } from "../../../model/container-spec.ts";
import type { OciProcess } from "./oci-spec.ts";

export interface LoweredLimit {
  /** `RLIMIT_NOFILE`, `oom_score_adj`. */
  readonly limit: string;
  /** -1 is no limit. */
  readonly wanted: number;
  readonly given: number;
}

/** What was asked for against what the process is given; what nobody asked for is not lowered. */
export function loweredLimits(
  { ulimits, oomScoreAdj }: Pick<ContainerSpec, "ulimits" | "oomScoreAdj">,
  process: Pick<OciProcess, "rlimits" | "oomScoreAdj">,
): readonly LoweredLimit[] {
  const lowered = ulimits.flatMap(({ name, hard: wanted }): readonly LoweredLimit[] => {
    const limit = `RLIMIT_${name.toUpperCase()}`;
    const given = process.rlimits.find(({ type }) => type === limit)?.hard ?? Infinity;
    return given < (wanted === -1 ? Infinity : wanted) ? [{ limit, wanted, given }] : [];
  });
  const given = process.oomScoreAdj;
  const isRaised = oomScoreAdj !== undefined && given !== undefined && given > oomScoreAdj;
  return isRaised ? [...lowered, { limit: "oom_score_adj", wanted: oomScoreAdj, given }] : lowered;
}
