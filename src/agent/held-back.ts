/** What keeps stacks from what their files say, for those who show it. Takes no lock. */
import { entryOf } from "../model/entry-of.ts";
import type { ServiceName, StackName } from "../model/ids.ts";
import type { Rollout } from "../model/rollout.ts";
import type { StackHold } from "./holds.ts";
import { holdWords, scaleWords } from "./words.ts";
import type { Scale } from "./scaling.ts";

export interface Canary {
  readonly stack: StackName;
  readonly service: ServiceName;
  /** It goes on by itself then; milliseconds since the epoch. */
  readonly until?: number;
}

export interface HeldBack {
  readonly holds: readonly StackHold[];
  /** Those of the revision that the stack is at. */
  readonly scales: readonly Scale[];
  /** Services whose update waits after its first replicas. */
  readonly canaries: readonly Canary[];
}

/**
 * Of the stacks of these rollouts.
 *
 * @throws TallymanError `WORD_UNREADABLE`
 */
export async function readHeldBack(dataDir: string, rollouts: readonly Rollout[]): Promise<HeldBack> {
  const [holds, scales] = await Promise.all([holdWords.read(dataDir), scaleWords.read(dataDir)]);
  const isAt = (rollout: Rollout, { stack, revision }: Scale): boolean =>
    rollout.stack === stack && (rollout.written ?? rollout.revision) === revision;
  return {
    holds: holds.filter(
      ({ kind, stack }) => kind !== "promote" && rollouts.some((each) => each.stack === stack),
    ),
    scales: scales.filter((scale) => rollouts.some((rollout) => isAt(rollout, scale))),
    canaries: rollouts.flatMap(canariesIn),
  };
}

function canariesIn({ stack, awaiting = [], promotesAt }: Rollout): readonly Canary[] {
  return awaiting.map((service) => {
    const until = entryOf(promotesAt, service);
    return { stack, service, ...(until !== undefined && { until }) };
  });
}
