/** Containers of other stacks whose namespaces a stack is to share: they have to be there, and run. Pure. */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { ContainerJoin, Service, Stack } from "../model/stack.ts";
import { containerName } from "./operation.ts";
import type { DesiredStack, Observed, StepInput } from "./types.ts";

/** What is asked for, and what is there. */
interface World extends Pick<StepInput, "desired" | "observed"> {
  /** Stacks that become what they are desired to be. */
  readonly moving: readonly Stack[];
}

export function joinConflicts({ stack }: DesiredStack, world: World): readonly Diagnostic[] {
  return stack.services.flatMap((service) =>
    (service.containerJoins ?? []).flatMap((join): readonly Diagnostic[] => {
      const said = absenceOf(join, world);
      if (said === undefined) return [];
      const path = `services.${service.name}.${keys[join.namespace]}`;
      const place = stack.places[path];
      const code = "missing-container";
      return [{ severity: "error", code, ...said, path, ...(place !== undefined && { place }) }];
    }),
  );
}

const keys: Record<ContainerJoin["namespace"], string> = { network: "network_mode", pid: "pid", ipc: "ipc" };

/** Of a service that has all of its replicas in other slots, none comes in this one. */
function isToCome(
  name: string,
  {
    stack,
    service,
    observed,
  }: { readonly stack: Stack; readonly service: Service; readonly observed: Observed },
): boolean {
  const nameOf = (slot: number): string => containerName(stack.name, { service: service.name, slot });
  const slots = new Set(
    observed.containers
      .filter((each) => each.stack === stack.name && each.service === service.name)
      .map(({ slot }) => slot),
  );
  if ([...slots].some((slot) => nameOf(slot) === name)) return true;
  const isMissing = slots.size < service.replicas;
  return (
    isMissing && Array.from({ length: service.replicas }, (_, index) => nameOf(index + 1)).includes(name)
  );
}

/** One that is to come with a stack that is planned, too, is waited for. */
function absenceOf(
  { container: name }: ContainerJoin,
  { desired, observed, moving }: World,
): Pick<Diagnostic, "message" | "hint"> | undefined {
  const isComing = moving.some((stack) =>
    stack.services.some((service) => isToCome(name, { stack, service, observed })),
  );
  const found = observed.containers.filter((container) => containerName(container.stack, container) === name);
  const isGoing = found.every(({ stack }) => desired.absent.includes(stack));
  if (isComing || (found.some(({ state }) => state === "running") && !isGoing)) return undefined;
  if (found.length === 0) {
    const message = `there is no container ${name}, whose namespace it is to share`;
    return { message, hint: "Bring its stack up first. `tallyman ps --all` names the containers." };
  }
  const message = `container ${name}, whose namespace it is to share, ${isGoing ? "is taken away" : "does not run"}`;
  return { message, hint: "Bring its stack up; what shares its namespace can be there when it runs." };
}
