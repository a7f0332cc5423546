/** What a service is stepped with, beside itself. */
import type { KeptRevision, Rollout } from "../../model/rollout.ts";
import type { ByHand } from "./by-hand.ts";
import type { Surroundings } from "./dependencies.ts";
import type { Gate } from "./prepare.ts";
import type { ServiceView } from "./service-view.ts";
import type { StackView } from "./stack-view.ts";

/** What is the same for all services of a stack. */
export interface ServiceContext extends Omit<Surroundings, "now"> {
  readonly view: StackView;
  readonly gate: Gate;
  /** Where it has failed, what there was is kept alive, and what was half done is undone. */
  readonly rollout: Rollout;
  readonly byHand: ByHand;
  /** The last good revision, while another one is on its way or held. */
  readonly before: KeptRevision | undefined;
  /** Whether a service is new, and not for want of any that is known to be good. */
  readonly isUpdate: (each: ServiceView) => boolean;
}
