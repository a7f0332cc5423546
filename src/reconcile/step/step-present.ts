/** A stack that is to be there: prepare everything, then roll service by service, then prune what left the file. */
import type { InventoryEntry, Rollout, RolloutPhase } from "../../model/rollout.ts";
import type { Digest } from "../../model/ids.ts";
import type { Service, Stack } from "../../model/stack.ts";
import { resolveImages } from "./images.ts";
import { pullKey } from "../operation.ts";
import { prepare } from "./prepare.ts";
import { keepProgress } from "./progress.ts";
import { retire } from "./retire.ts";
import { continueRollout, failRollout, holdRollout } from "./rollout.ts";
import { viewServices } from "./service-view.ts";
import { stepService } from "./step-service.ts";
import type { StackStep, StackView } from "./stack-view.ts";
import { removeNetworks, unusedNetworks } from "./unused-networks.ts";
import type { DesiredStack } from "../types.ts";

export function stepPresent(desired: DesiredStack, view: StackView): StackStep {
  const { stack } = desired;
  const continued = continueRollout(desired, {
    remembered: view.rollout,
    outcomes: view.outcomes,
    now: view.now,
  });
  const images = resolveImages(stack, continued, view.observed);
  const resolved = { ...continued, images: { ...continued.images, ...images.ready } };
  const rollout = refuseForbidden(resolved, images.forbidden, view.now);
  const failed = rollout.phase === "failed";

  const imageOf = ({ container }: Service): Digest | undefined => images.ready[container.image];
  const services = viewServices(stack.services, { imageOf, view });
  const gate = prepare(stack, { images, services, view });
  const { progress = {} } = rollout;
  const steps = services.map((each) =>
    stepService(each, { view, services, gate, failed, replaced: rollout.replaced, progress }),
  );
  const failure = steps.find((each) => each.failure)?.failure;
  if (!failed && failure) {
    return stepPresent(desired, { ...view, outcomes: [], rollout: holdRollout(rollout, failure) });
  }
  const settled = !failed && gate.open && steps.every((each) => each.settled);
  const settledBy = steps.flatMap((each) => each.settledBy);
  const unused = unusedNetworks(
    view,
    stack.networks.map(({ name }) => name),
  );
  const pruning = settled
    ? [...prune(stack, view, settledBy), ...removeNetworks(unused, { view, cause: { kind: "network-left" } })]
    : [];

  const operations = [
    ...(failed ? [] : gate.operations),
    ...steps.flatMap((each) => each.operations),
    ...pruning,
  ];
  const phase = phaseOf({
    failed,
    prepared: gate.open,
    done: settled && leftovers(stack, view).length + unused.length === 0,
  });
  const wakeAt = earliest([rollout.retryAt, ...steps.map((each) => each.wakeAt)]);
  return {
    operations: operations.map((operation) => ({ ...operation, revision: desired.revision })),
    inventory: keepInventory(desired, view),
    rollout: {
      ...rollout,
      phase,
      progress: failed || !gate.open ? progress : keepProgress(progress, steps, view.now),
      replaced:
        phase === "done"
          ? []
          : [...new Set([...rollout.replaced, ...steps.flatMap((each) => each.replaced)])].sort(),
    },
    ...(wakeAt !== undefined && { wakeAt }),
  };
}

function refuseForbidden(rollout: Rollout, forbidden: readonly string[], now: number): Rollout {
  const [reference] = forbidden;
  if (reference === undefined) return rollout;
  const failure = {
    operation: pullKey(reference),
    message: `image ${reference} is not on this host, and its pull_policy is "never"`,
    hint: "Load it with `tallyman load`, or let it be pulled with pull_policy: missing.",
  };
  return failRollout(rollout, failure, now);
}

function phaseOf(is: { failed: boolean; prepared: boolean; done: boolean }): RolloutPhase {
  if (is.failed) return "failed";
  if (is.done) return "done";
  return is.prepared ? "rolling" : "preparing";
}

/** Containers of services that we made and that left the file. */
function leftovers(stack: Stack, view: StackView): StackView["containers"] {
  const wanted = new Set(stack.services.map((service) => service.name));
  const ours = new Set(view.inventory.map((entry) => entry.service));
  return view.containers.filter(({ service }) => !wanted.has(service) && ours.has(service));
}

function prune(stack: Stack, view: StackView, after: readonly string[]): StackStep["operations"] {
  const options = {
    routes: view.observed.routes,
    cause: { kind: "service-left" },
    isBusy: view.isBusy,
    after,
  } as const;
  return leftovers(stack, view).flatMap((container) => retire(container, options) ?? []);
}

/** What we have made or are about to make. A service that left is forgotten when its last container is gone. */
function keepInventory({ stack, source }: DesiredStack, view: StackView): readonly InventoryEntry[] {
  const wanted = stack.services.map(({ name }) => ({ stack: stack.name, service: name, source }));
  const names = new Set<string>(stack.services.map((service) => service.name));
  const present = new Set<string>(view.containers.map((container) => container.service));
  return [...wanted, ...view.inventory.filter(({ service }) => !names.has(service) && present.has(service))];
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}
