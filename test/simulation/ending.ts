/** How a life may end: all stands as asked for, or something holds it, and says why. */
import { hashService } from "../../src/model/spec-hash.ts";
import type { Rollout } from "../../src/model/rollout.ts";
import type { Service } from "../../src/model/stack.ts";
import { inPart, isGoingBack } from "../../src/reconcile/step/going-back.ts";
import { stopOf } from "../../src/reconcile/step/step-stopped.ts";
import type { DesiredStack, Observed, ObservedContainer, StepInput } from "../../src/reconcile/types.ts";
import type { Disk } from "./agent.ts";
import { fateOfImage } from "./stack.ts";
import { must, Violation } from "./violation.ts";

const invariant = "every life ends converged, or held with a reason";

/** In a few words; throws where there is none. */
export function endingOf({ desired, observed }: Pick<StepInput, "desired" | "observed">, disk: Disk): string {
  const [stack] = desired.stacks;
  const ours = observed.containers.filter((each) => each.stack === "shop");
  if (stack === undefined) {
    must(
      invariant,
      ours.length + disk.inventory.length + disk.rollouts.length === 0,
      () => `it has left, and ${ours.length} containers are there`,
    );
    must(invariant, observed.networks.length === 1, () => "it has left, and networks of it are there");
    return "taken away";
  }
  const [rollout] = disk.rollouts;
  if (stack.suspended || stack.paused) return "held by a person";
  if (rollout?.phase === "failed") {
    must(
      invariant,
      rollout.failure !== undefined && rollout.failure.message !== "",
      () => "it has failed for no reason",
    );
    return "held: failed";
  }
  if (stack.stopped) return "held by a person";
  if (rollout === undefined) throw new Violation(invariant, "nothing is known of it");
  if ((rollout.awaiting ?? []).length > 0) return "held: awaits promotion";
  const isBack = rollout.phase === "rolled-back";
  if (isBack) must(invariant, (rollout.failure?.message ?? "") !== "", () => "it went back for no reason");
  if (illIn(stack, rollout).length > 0) return "held: an image does not work";
  const isOver = rollout.phase === "done" || isBack;
  must(invariant, isOver, () => `it is ${rollout.phase}`);
  const wanted = isBack && rollout.good ? rollout.good : { stack: stack.stack, images: rollout.images };
  for (const service of wanted.stack.services)
    stands(service, { images: wanted.images, observed, isBack, stack });
  const names = new Set(wanted.stack.services.map(({ name }) => name));
  const left = ours.filter(({ service }) => !names.has(service));
  must(
    invariant,
    left.length === 0,
    () => `${left.map(({ service }) => service).join()} has left, and is there`,
  );
  return isBack ? "rolled back" : "converged";
}

/** Whatever still runs and does not work is about to go: a rollout leads away from it. */
export function isLeavingIll({ desired }: Pick<StepInput, "desired">, rollout: Rollout): boolean {
  const [stack] = desired.stacks;
  if (rollout.phase === "rolling-back") return true;
  return rollout.phase === "rolling" && stack !== undefined && illIn(stack, rollout).length === 0;
}

/** Images in force that do not work: what they do for ever is nobody's fault. */
function illIn(desired: DesiredStack, rollout: Rollout): readonly string[] {
  const { stack } = isGoingBack(rollout) ? (rollout.good ?? desired) : inPart(desired, rollout);
  return stack.services
    .map(({ container }) => container.image)
    .filter((image) => fateOfImage(image) !== "well");
}

interface Surroundings {
  readonly images: Rollout["images"];
  readonly observed: Observed;
  readonly isBack: boolean;
  readonly stack: DesiredStack;
}

function stands(service: Service, { images, observed, isBack, stack }: Surroundings): void {
  if (stopOf(stack, service.name) !== undefined || (isBack && service.job)) return;
  const image = images[service.container.image];
  must(invariant, image !== undefined, () => `nobody knows the image of ${service.name}`);
  if (image === undefined) return;
  const hash = hashService(service, image);
  const here = observed.containers.filter((each) => each.stack === "shop" && each.service === service.name);
  const said = (): string =>
    here
      .map((each) => `${each.slot} ${each.state} ${each.specHash === hash ? "current" : "other"}`)
      .join(", ");
  const replicas = stack.scaled?.[service.name] ?? service.replicas;
  must(invariant, here.length === replicas, () => `${service.name} has ${said()}, and not ${replicas}`);
  const hasEnded = ({ exitCode, state }: ObservedContainer): boolean => state === "exited" && exitCode === 0;
  const isRight = here.every(
    (each) =>
      each.specHash === hash &&
      (each.state === "running" || (service.restart.condition !== "any" && hasEnded(each))),
  );
  must(invariant, isRight, () => `${service.name} has ${said()}`);
  for (const port of service.ports) {
    const backends = observed.routes.find(({ hostPort }) => hostPort === port.hostPort)?.backends ?? [];
    const running = here.filter(({ state }) => state === "running").map(({ id }) => id);
    const ids = backends
      .map(({ containerId }) => containerId)
      .filter((id) => running.includes(id))
      .sort();
    must(
      invariant,
      ids.join() === running.sort().join(),
      () => `behind ${port.hostPort} are ${backends.length} of ${here.length}`,
    );
  }
}
