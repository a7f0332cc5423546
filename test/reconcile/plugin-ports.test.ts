/** Published ports that the plugins of a CNI network lead on: no route of ours tells who has them. */
import { describe, expect, test } from "vitest";
import { stackName } from "../../src/model/ids.ts";
import type { Service, Stack } from "../../src/model/stack.ts";
import { findConflicts, type ConflictInput } from "../../src/reconcile/conflicts.ts";
import type { Observed } from "../../src/reconcile/types.ts";
import { aStranger, desire, emptyWorld } from "./build.ts";
import { at, host, listener, own, publishing, web } from "./conflict-words.ts";

const port = { hostAddress: "0.0.0.0", protocol: "tcp", containerPort: 80 } as const;

/** Beside a container that publishes nothing, one of this stack that publishes these. */
function leading(stack: string, ...ports: readonly { hostPort: number; byPlugins?: true }[]): Observed {
  const one = { ...aStranger(), stack: stackName(stack), ports: ports.map((each) => ({ ...port, ...each })) };
  return { ...emptyWorld, containers: [aStranger(), one] };
}

describe("a published port", () => {
  const led = { hostPort: 80, byPlugins: true } as const;
  test.each<[string, string, Observed]>([
    ["is held by another stack", "to which plugins lead it", leading("blog", { hostPort: 443 }, led)],
    ["is free", "where plugins lead another one", leading("blog", { hostPort: 443, byPlugins: true })],
    [
      "is free",
      "where another stack would have it of us, and is not behind it",
      leading("blog", { hostPort: 80 }),
    ],
    ["is its own", "where plugins lead it to itself, though a program listens", leading("shop", led)],
    ["is a program's", "where plugins lead it to nobody", leading("shop", { hostPort: 80 })],
  ])("%s %s", (whose, _, observed) => {
    const listeners = whose === "is its own" || whose === "is a program's" ? [listener(80)] : [];
    const held = "port 80 of 0.0.0.0 is held by";
    expect(told({ desired: desire(web(80)), observed, listeners })).toEqual(
      {
        "is held by another stack": [`${held} stack blog`],
        "is a program's": [`${held} nginx (process 812)`],
      }[whose] ?? [],
    );
  });
});

describe("a port that no plugin of its network leads on", () => {
  const refused =
    "services.web.ports cannot be published: no plugin of the CNI configuration lan has the capability portMappings";

  test.each<[string, Stack, readonly string[]]>([
    ["cannot be published", publishing("lan"), [refused]],
    ["can where no plugin is to lead it", withService({ ports: [] }), []],
    ["can where its service is on no network", withNetworks(), []],
    ["can where its service is on another network first", withNetworks("front", "edge"), []],
    ["cannot where another one of the stack leads them", withNetworks("edge", "front"), [refused]],
  ])("%s", (_, stack, messages) => {
    const front = { ...own("front", { driver: "portmapped" }), key: "front" };
    const desired = desire({ ...stack, networks: [front, ...stack.networks] });
    expect(told({ desired })).toEqual(messages);
  });

  test.each([
    ["of its ports", { "services.web": 3, "services.web.ports": 6 }, 6],
    ["of its service, where the file names no ports", { "services.web": 3 }, 3],
  ])("is told with the place %s", (_, places, line) => {
    const [conflict] = conflictsIn({ desired: desire(at(publishing("lan"), places)) });
    expect(conflict?.diagnostic).toMatchObject({ code: "unsupported-value", place: { line } });
  });
});

function withService(changes: Partial<Service>): Stack {
  const stack = publishing("lan");
  return { ...stack, services: stack.services.map((each) => ({ ...each, ...changes })) };
}

function withNetworks(...names: readonly string[]): Stack {
  const [web] = publishing("lan").services;
  if (web === undefined) throw new Error("it has one");
  const networks = names.map((network) => ({ network, aliases: [] }));
  return withService({ container: { ...web.container, networks } });
}

function conflictsIn(changes: Partial<ConflictInput>): ReturnType<typeof findConflicts> {
  const nothing = { desired: desire(), observed: emptyWorld, inventory: [], rollouts: [], listeners: [] };
  return findConflicts({ ...nothing, addressing: host, ...changes });
}

function told(changes: Partial<ConflictInput>): readonly string[] {
  return conflictsIn(changes).map(({ diagnostic }) => diagnostic.message);
}
