/** A service that somebody has stopped: its containers leave their ports, drain and stop, and stay. Pure. */
import type { Hold } from "../../model/hold.ts";
import type { ServiceName } from "../../model/ids.ts";
import type { DesiredStack } from "../types.ts";
import { drainMsOf } from "./drain.ts";
import { joinedPorts, retire } from "./retire.ts";
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
    (container) => container.state === "running" || joinedPorts(container, routes).length > 0,
  );
  const operations = leaving.flatMap(
    (container) =>
      retire(container, {
        routes,
        cause: { kind: "stopped", by },
        isBusy: view.isBusy,
        drainMs: drainMsOf(each.service),
        after: [],
      }) ?? [],
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
