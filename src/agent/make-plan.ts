/** The plan for what is desired, from a reader alone: whoever plans has nothing in hand to write with. */
import type { Diagnostic } from "../model/diagnostic.ts";
import { entryOf } from "../model/entry-of.ts";
import { messageOf, TallymanError } from "../model/error.ts";
import { digest, type Digest } from "../model/ids.ts";
import { absentAddresses } from "../reconcile/absent-addresses.ts";
import { choosePorts } from "../reconcile/choose-ports.ts";
import { findConflicts, withoutConflicts } from "../reconcile/conflicts.ts";
import type { Plan, PlanProblem } from "../reconcile/plan/plan.ts";
import { simulate } from "../reconcile/plan/simulate.ts";
import type { Desired, Observed } from "../reconcile/types.ts";
import type { RuntimeReader } from "../runtime/types.ts";
import type { Memory } from "../state/types.ts";
import { observe, observeListeners } from "./observe.ts";
import { observeAddressing } from "./observe-addressing.ts";
import { retryFailed } from "./retry-failed.ts";

export interface PlanOptions {
  readonly runtime: RuntimeReader;
  readonly memory: Memory;
  /** Ask registries what an image that would be pulled is; without, such images stand in the plan unresolved. */
  readonly askRegistries: boolean;
  readonly signal: AbortSignal;
}

export interface PlannedDesire {
  readonly plan: Plan;
  /** Without the stacks that cannot be had. */
  readonly desired: Desired;
  readonly diagnostics: readonly Diagnostic[];
}

/** Stands for the digest of an image that nobody has asked for yet. */
const unknownDigest = digest(`sha256:${"0".repeat(64)}`);

export async function makePlan(written: Desired, options: PlanOptions): Promise<PlannedDesire> {
  const { runtime, memory } = options;
  const observed = await observe(runtime, written);
  const listeners = await observeListeners(runtime, { desired: written, observed });
  const wanted = choosePorts(written, { observed, listeners, rollouts: memory.rollouts });
  const addressing = await observeAddressing(runtime, { desired: wanted, observed });
  const now = Date.now();
  const rollouts = retryFailed(memory.rollouts, { retry: false, now });
  const conflicts = findConflicts({
    desired: wanted,
    observed,
    inventory: memory.inventory,
    rollouts: memory.rollouts, // what has failed stays so, until somebody asks for another attempt
    listeners,
    ...(addressing && { addressing }),
  });
  const desired = withoutConflicts(wanted, conflicts);
  const asked = options.askRegistries ? await resolveMissing(desired, observed, options) : nothingAsked;
  const input = {
    desired,
    observed,
    inventory: memory.inventory,
    rollouts,
    now,
  };
  const digestOf = (reference: string): Digest =>
    asked.digests.get(reference) ?? entryOf(observed.images, reference)?.digest ?? unknownDigest;
  const plan = simulate(input, digestOf);
  return {
    plan: { ...plan, problems: [...asked.problems, ...plan.problems] },
    desired,
    diagnostics: [
      ...conflicts.map(({ diagnostic }) => diagnostic),
      ...absentAddresses(written, runtime.hostAddresses()),
    ],
  };
}

interface Asked {
  readonly digests: ReadonlyMap<string, Digest>;
  readonly problems: readonly PlanProblem[];
}

const nothingAsked: Asked = { digests: new Map(), problems: [] };

/** What each image that would be pulled is now; where that cannot be known, the reason. */
async function resolveMissing(desired: Desired, observed: Observed, options: PlanOptions): Promise<Asked> {
  const digests = new Map<string, Digest>();
  const problems: PlanProblem[] = [];
  const needed = desired.stacks.flatMap(({ stack }) =>
    stack.services.map(({ container: { image }, pullPolicy }) => ({ stack: stack.name, image, pullPolicy })),
  );
  const missing = needed.filter(
    ({ image, pullPolicy }) =>
      pullPolicy !== "never" && (entryOf(observed.images, image) === undefined || pullPolicy === "always"),
  );
  const unique = new Map(missing.map((each) => [`${each.stack} ${each.image}`, each]));
  await Promise.all(
    [...unique.values()].map(async ({ stack, image }) => {
      try {
        digests.set(image, await options.runtime.images.resolve(image, { signal: options.signal }));
      } catch (error) {
        const hint = error instanceof TallymanError && error.hint !== undefined ? { hint: error.hint } : {};
        problems.push({ stack, message: messageOf(error), ...hint });
      }
    }),
  );
  return { digests, problems };
}
