import { describe, expect, it } from "vitest";
import { containerId, serviceName, stackName } from "../../src/model/ids.ts";
import { findConflicts } from "../../src/reconcile/conflicts.ts";
import { containerName, type Operation } from "../../src/reconcile/operation.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { anInput, aStack, aStranger, desire, digestOf, emptyWorld } from "./build.ts";
import { drive, type Drive } from "./drive.ts";

const inOrder = { choose: (below: number) => (below === 100 ? 99 : 0) };
const app = aStack("app", { web: { joinsContainer: "net-vpn-1" } });
const net = (mode: string): ReturnType<typeof aStack> => aStack("net", { vpn: { environment: { mode } } });
const up = (desired: Desired, from: Partial<Drive> = {}): Drive =>
  drive(desired, { observed: emptyWorld, inventory: [], rollouts: [], ...from }, inOrder);

function conflicts(desired: Desired, world: Pick<Drive, "observed"> = { observed: emptyWorld }): unknown {
  return findConflicts({ desired, observed: world.observed, inventory: [], rollouts: [], listeners: [] }).map(
    ({ diagnostic: { message, place } }) => [message, place?.line],
  );
}

function plan(desired: Desired, world: Drive): readonly string[] {
  return simulate({ ...anInput(desired), ...world }, digestOf).operations.map(
    ({ operation }) => `${words(operation)}: ${operation.cause.kind}`,
  );
}

function words(operation: Operation): string {
  return "container" in operation
    ? `${operation.kind} ${containerName(operation.stack, operation.container)}`
    : operation.kind;
}

describe("a container of another stack, whose network a service shares,", () => {
  it("has to be there and run, else the plan says so where the file names it", () => {
    expect(conflicts(desire(app))).toEqual([
      ["there is no container net-vpn-1, whose namespace it is to share", 7],
    ]);
    const world = up(desire(net("one")));
    expect(conflicts(desire(app), world)).toEqual([]);
    const stopped = world.observed.containers.map((each) => ({ ...each, state: "exited" as const }));
    expect(conflicts(desire(app), { observed: { ...world.observed, containers: stopped } })).toEqual([
      ["container net-vpn-1, whose namespace it is to share, does not run", 7],
    ]);
    expect(conflicts({ ...desire(app), absent: [stackName("net")] }, world)).toEqual([
      ["container net-vpn-1, whose namespace it is to share, is taken away", 7],
    ]);
  });

  it("is waited for where its stack is brought up at the same time", () => {
    const both = desire(app, net("one"));
    expect(conflicts(both)).toEqual([]);
    const [vpn, web] = up(both).observed.containers.toSorted((a) => (a.service === "vpn" ? -1 : 1));
    expect(web).toMatchObject({ state: "running", joined: [vpn?.id] });
  });

  it("may run beside an older one of its place that has ended", () => {
    const world = up(desire(net("one")));
    const [running] = world.observed.containers;
    const older = running && { ...running, id: containerId("0123456789ab"), state: "exited" as const };
    const containers = [...(older ? [older] : []), ...world.observed.containers];
    expect(conflicts(desire(app), { observed: { ...world.observed, containers } })).toEqual([]);
  });

  it("is not to come for a container of the same slot of another service, or of another stack", () => {
    const third = aStack("app", { web: { joinsContainer: "net-vpn-3" } });
    const both = desire(third, aStack("net", { dns: {}, vpn: { replicas: 2 } }));
    const other = [
      { ...aStranger(), stack: stackName("net"), service: serviceName("dns"), slot: 3 },
      { ...aStranger(), service: serviceName("vpn"), slot: 3 },
    ];
    expect(conflicts(both, { observed: { ...emptyWorld, containers: other } })).toEqual([
      ["there is no container net-vpn-3, whose namespace it is to share", 7],
    ]);
  });

  it("does not come where its service has all of its replicas in other slots", () => {
    const three = aStack("net", { vpn: { replicas: 3 } });
    const { observed } = up(desire(three));
    const others = observed.containers.filter(({ slot }) => slot !== 1);
    const [asked] = desire(app).stacks;
    const wanted = (replicas: number): Desired => {
      const both = desire(aStack("net", { vpn: { replicas } }));
      return { ...both, stacks: [...both.stacks, ...(asked ? [asked] : [])] };
    };
    const world = { observed: { ...observed, containers: others } };
    expect(conflicts(wanted(3), world)).toEqual([]);
    expect(conflicts(wanted(2), world)).toEqual([
      ["there is no container net-vpn-1, whose namespace it is to share", 7],
    ]);
  });

  it("that is replaced has it replaced, too; one that is only gone does not", () => {
    const world = up(desire(app, net("one")));
    const text = renderText(simulate({ ...anInput(desire(app, net("two"))), ...world }, digestOf), {
      specs: {},
    });
    expect(text).toContain("-/+ web  1 replica, it shares namespaces of net-vpn-1, which has been replaced");
    expect(plan(desire(app, net("two")), world)).toEqual([
      "create net-vpn-1: spec-changed",
      "stop net-vpn-1: spec-changed",
      "start net-vpn-1: created",
      "create app-web-1: joined-container-replaced",
      "remove net-vpn-1: spec-changed",
      "stop app-web-1: joined-container-replaced",
      "start app-web-1: created",
      "remove app-web-1: joined-container-replaced",
    ]);
    const gone = world.observed.containers.filter(({ service }) => service !== "vpn");
    const observed = { ...world.observed, containers: gone };
    expect(plan({ ...desire(app), complete: [] }, { ...world, observed })).toEqual([]);
    const { rollouts } = step({ ...anInput({ ...desire(app), complete: [] }), ...world, observed });
    expect(rollouts.filter(({ stack }) => stack === "app")).toMatchObject([{ phase: "done" }]);
  });

  it("that runs beside the next one of its name has it replaced only when it is gone", () => {
    const world = up(desire(app, net("one")));
    const alone = { ...desire(app), complete: [] };
    const [vpn] = world.observed.containers.filter(({ service }) => service === "vpn");
    for (const id of ["000000000000", "ffffffffffff"].map(containerId)) {
      const both = [...world.observed.containers, ...(vpn ? [{ ...vpn, id }] : [])];
      const containers = both.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect(plan(alone, { ...world, observed: { ...world.observed, containers } })).toEqual([]);
      const observed = { ...world.observed, containers: containers.filter((each) => each !== vpn) };
      expect(plan(alone, { ...world, observed })).toContain("stop app-web-1: joined-container-replaced");
    }
  });

  it("that was lost without a trace and is made again has it replaced, too", () => {
    const both = desire(app, net("one"));
    const world = up(both);
    const [web] = world.observed.containers.filter(({ service }) => service === "web");
    const observed = { ...world.observed, containers: web ? [web] : [] };
    expect(plan(both, { ...world, observed })).toEqual([
      "create net-vpn-1: new-service",
      "start net-vpn-1: created",
      "create app-web-1: joined-container-replaced",
      "stop app-web-1: joined-container-replaced",
      "start app-web-1: created",
      "remove app-web-1: joined-container-replaced",
    ]);
  });
});
