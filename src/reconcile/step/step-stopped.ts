/** A service that somebody has stopped: its containers leave their ports, drain and stop, and stay. Pure. */
import type { Hold } from "../../model/hold.ts";
import type { ServiceName } from "../../model/ids.ts";
import type { StopOperation } from "../operation.ts";
import type { DesiredStack, ObservedContainer } from "../types.ts";
import { drainMsOf } from "./drain.ts";
import { joinedPorts, refOf, retire } from "./retire.ts";
import type { ServiceView } from "./service-view.ts";
import type { SlotStep } from "./slot.ts";
import type { StackView } from "./stack-view.ts";

/** Who has stopped a service, alone or with its stack; undefined where nobody has. */
export function stopOf({ stopped }: DesiredStack, name: ServiceName): Hold | undefined {
  return stopped?.find(({ service }) => service === undefined || service === name);
}

/** Settled when nothing of it runs: what it should be is looked at when it is started. */
export function stepStopped(each: ServiceView, view: StackView, { by }: Hold): SlotStep {
  const { routes } = view.observed;
  const leaving = each.containers.filter(
    (container) =>
      container.state === "running" || container.resumes || joinedPorts(container, routes).length > 0,
  );
  const operations = leaving.flatMap(
    (container) =>
      stayDown(container, by, view) ??
      retire(container, {
        routes,
        cause: { kind: "stopped", by },
        isBusy: view.isBusy,
        drainMs: drainMsOf(each.service),
        after: [],
      }) ??
      [],
  );
  const stops = operations.filter(({ kind }) => kind === "stop");
  return {
    operations,
    replaced: [],
    stopped: stops.flatMap((operation) => ("container" in operation ? [operation.container.id] : [])),
    settled: leaving.length === 0,
    settledBy: [],
  };
}

/** What has been stopped to be started again is stopped once more, and not for that. */
function stayDown(
  container: ObservedContainer,
  by: string,
  { observed, isBusy }: StackView,
): StopOperation | undefined {
  const { id, stack, state, resumes } = container;
  const isDown = state === "exited" && joinedPorts(container, observed.routes).length === 0;
  if (!resumes || !isDown || isBusy(id)) return undefined;
  return { kind: "stop", stack, container: refOf(container), cause: { kind: "stopped", by }, after: [] };
}
