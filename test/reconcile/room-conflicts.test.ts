/** Whether a network has room for all who are to be on it, and for those that an update starts before others stop. */
import { describe, expect, test } from "vitest";
import type { ContainerSpec } from "../../src/model/container-spec.ts";
import { stackName } from "../../src/model/ids.ts";
import type { AddressPool } from "../../src/model/network.ts";
import { hashService } from "../../src/model/spec-hash.ts";
import type { Stack, StackNetwork } from "../../src/model/stack.ts";
import { findConflicts, type ConflictInput } from "../../src/reconcile/conflicts.ts";
import type { Observed } from "../../src/reconcile/types.ts";
import { desire, digestOf, emptyWorld, type ServiceWords } from "./build.ts";
import {
  at,
  host,
  made,
  member,
  on,
  own,
  running,
  subnet,
  updating,
  updatingThree,
  with_,
} from "./conflict-words.ts";

const small = own("edge", subnet("10.9.0.0/28"));
const fine = "fine";
const full = (wanted: number, more = ""): string =>
  `10.9.0.0/28 of network edge has 10 addresses for containers, and ${wanted} are to be on it${more}`;

describe("the addresses of a network", () => {
  test.each<[string, Partial<ConflictInput>, string]>([
    ["that are as many as replicas", { desired: desire(web(10)) }, fine],
    ["that are one too few", { desired: desire(web(11)) }, full(11)],
    [
      "of which a container of the stack has one, which is one of its replicas",
      { desired: desire(web(10)), observed: onEdge("shop") },
      fine,
    ],
    [
      "of which a container of a stack has one that is taken away",
      { desired: { ...desire(web(10)), absent: [stackName("blog")] }, observed: onEdge("blog") },
      fine,
    ],
    [
      "of which a container of a stack has one that nobody plans",
      { desired: desire(web(10)), observed: onEdge("blog") },
      full(11),
    ],
    [
      "that somebody else has made, beside another one",
      { desired: desire(web(11, { key: "own", name: "edge" })), observed: with_(foreign()) },
      full(11),
    ],
    [
      "that somebody else has made, for as many as it has",
      { desired: desire(web(10, { key: "own", name: "edge" })), observed: with_(foreign()) },
      fine,
    ],
    [
      "of IPv4, where the file names those of IPv6 before",
      { desired: desire(web(11, own("edge", { pools: [pool("fd00:1::/64"), pool("10.9.0.0/28")] }))) },
      full(11),
    ],
    [
      "of a range in the middle of its subnet, which has no gateway in it",
      { desired: desire(web(4, ranged())) },
      fine,
    ],
    [
      "of such a range, for one more",
      { desired: desire(web(5, ranged())) },
      "10.9.0.0/28 of network edge has 4 addresses for containers, and 5 are to be on it",
    ],
    ["that a service of another network wants", { desired: desire(besides({ replicas: 20 })) }, fine],
    [
      "that a service wants which is on another one, too",
      { desired: desire(networked(web(11), "web", ["else", "edge"])) },
      full(11),
    ],
  ])("%s", (_, changes, told) => {
    expect(toldOf(changes)).toBe(told);
  });

  test("are told where the file names the first service that is on it, if it does not name the network", () => {
    const stack = at(besides({}, { replicas: 11 }), { "services.db": 3, "services.web": 13 });
    expect(conflictsOf({ desired: desire(stack) })).toMatchObject([{ diagnostic: { place: { line: 13 } } }]);
  });
});

describe("who lacks addresses is told to run fewer replicas,", () => {
  test.each<[string, Readonly<Record<string, ServiceWords>>, boolean]>([
    ["or to keep fewer runs where one of them is scheduled", { backup: { schedule: {} } }, true],
    ["and no more where none is", { backup: {} }, false],
  ])("%s", (_, others, keepsRuns) => {
    const desired = desire(on("shop", small, { ...others, web: { replicas: 11 } }));
    const hints = conflictsOf({ desired }).map(({ diagnostic }) => diagnostic.hint);
    expect(hints).toEqual([
      `Give it a larger subnet or ip_range under ipam.config, or run fewer replicas${keepsRuns ? ", or keep fewer runs (x-schedule.history)" : ""}.`,
    ]);
  });
});

/** Two more than the replicas of `web`. */
describe("the addresses of a network in an update", () => {
  const two = ", with 2 more while they are updated";

  test.each<[string, Partial<ConflictInput>, string]>([
    ["that leave room for all", { desired: desire(updating(8)), observed: running("shop") }, fine],
    ["that leave too little", { desired: desire(updating(9)), observed: running("shop") }, full(9, two)],
    ["that leave none", { desired: desire(updating(10)), observed: running("shop") }, full(10, two)],
    ["that are too few anyway", { desired: desire(updating(11)), observed: running("shop") }, full(11)],
    ["of which one replica has had it", { desired: desire(updating(9)), observed: halfway() }, full(9, two)],
    ["of which all replicas have had it", { desired: desire(updating(9)), observed: updated() }, fine],
    [
      "of two services that come one after the other, beside one that does not run yet",
      { desired: desire(updatingThree({ b: ["a"], web: [] })), observed: running("shop", ["a", "b"]) },
      fine,
    ],
    [
      "of two services that come side by side, beside one that does not run yet",
      { desired: desire(updatingThree({ b: [], web: [] })), observed: running("shop", ["a", "b"]) },
      full(9, two),
    ],
    [
      "of a service that does not run yet, beside another one",
      { desired: desire(updating(9)), observed: running("shop", ["db"]) },
      fine,
    ],
    [
      "of a service that does not run yet, where another stack has one of its name",
      { desired: desire(updating(9)), observed: running("blog") },
      fine,
    ],
    [
      "of a service that is on another network",
      {
        desired: desire(besides({ port: 80, update: { maxSurge: { count: 2 } } }, { replicas: 10 })),
        observed: running("shop", ["db"]),
      },
      fine,
    ],
  ])("%s", (_, changes, told) => {
    expect(toldOf(changes)).toBe(told);
  });
});

function conflictsOf(changes: Partial<ConflictInput>): ReturnType<typeof findConflicts> {
  const nothing = { desired: desire(), observed: emptyWorld, inventory: [], rollouts: [], listeners: [] };
  return findConflicts({ ...nothing, addressing: host, ...changes });
}

function toldOf(changes: Partial<ConflictInput>): string {
  return (
    conflictsOf(changes)
      .map(({ diagnostic: { message } }) => message)
      .at(0) ?? fine
  );
}

function web(replicas: number, network: StackNetwork = small): Stack {
  return on("shop", network, { web: { replicas } });
}

/** `web` is on it, and `db` is on another one. */
function besides(db: ServiceWords, web: ServiceWords = {}): Stack {
  return networked(on("shop", small, { db, web }), "db", ["else"]);
}

function networked(stack: Stack, service: string, names: readonly string[]): Stack {
  const networks: ContainerSpec["networks"] = names.map((network) => ({ network, aliases: [] }));
  const services = stack.services.map((each) =>
    each.name === service ? { ...each, container: { ...each.container, networks } } : each,
  );
  return { ...stack, services };
}

function pool(cidr: string): AddressPool {
  return { subnet: cidr, reserved: [] };
}

function ranged(): StackNetwork {
  return own("edge", { pools: [{ ...pool("10.9.0.0/28"), range: "10.9.0.8/30" }] });
}

function foreign(): Observed["networks"][number] {
  return made("edge", { subnet: "10.9.0.0/28" }, null);
}

/** One container of this stack is on it. */
function onEdge(stack: string): Observed {
  return { ...emptyWorld, containers: [{ ...member("edge"), stack: stackName(stack) }] };
}

/** As it is to be, and one as it was before, after it. */
function halfway(): Observed {
  const { containers, ...rest } = updated();
  return { ...rest, containers: [...containers, ...running("shop").containers] };
}

function updated(): Observed {
  const [service] = updating(9).services;
  if (service === undefined) throw new Error("it has one");
  const { containers, ...rest } = running("shop");
  const specHash = hashService(service, digestOf(service.container.image));
  return { ...rest, containers: containers.map((each) => ({ ...each, specHash })) };
}
