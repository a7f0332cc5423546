/** What a plan takes the host to be after each operation. */
import { describe, expect, it } from "vitest";
import { containerId } from "../../src/model/ids.ts";
import type { CreateOperation, Operation } from "../../src/reconcile/operation.ts";
import { apply } from "../../src/reconcile/plan/world.ts";
import type { Observed, ObservedContainer } from "../../src/reconcile/types.ts";
import { aStack, aStranger, digestOf, emptyWorld, now, type ServiceWords } from "./build.ts";

const container = aStranger();
const { id, service, slot, stack, specHash } = container;
const cause = { kind: "created" } as const;

function after(operation: Operation, world: Partial<Observed> = {}): Observed {
  return apply({ ...emptyWorld, ...world }, operation, { now, digestOf, completes: () => false });
}

describe("a container that is made", () => {
  const bare = {
    ...{ id, service, slot, stack, specHash, state: "created", monitored: true, exitCode: null },
    ...{ createdAt: now, restartStreak: 0 },
  };
  it.each<[string, ServiceWords, Partial<ObservedContainer>]>([
    ["has neither health nor ports where nothing says so", {}, {}],
    ["has to become healthy where it is probed", { probed: true }, { health: "starting" }],
  ])("%s", (_, words, more) => {
    expect(after(createOf(words)).containers).toStrictEqual([{ ...bare, ...more }]);
  });

  it("has the ports that its service publishes", () => {
    expect(after(createOf({ port: 8080 })).containers).toMatchObject([{ ports: [{ hostPort: 8080 }] }]);
  });
});

describe("a stop", () => {
  const other: ObservedContainer = { ...container, id: containerId("0123456789ab"), state: "exited" };
  const stop: Operation = { kind: "stop", stack, container: { id, service, slot }, cause, after: [] };
  it.each<[string, Partial<ObservedContainer>, Partial<ObservedContainer>]>([
    ["ends what runs, beside one that has ended", {}, { exitCode: 143, finishedAt: now }],
    [
      "leaves what has ended by itself with its exit code and its time",
      { state: "exited", exitCode: 3, finishedAt: now - 1 },
      { exitCode: 3, finishedAt: now - 1 },
    ],
  ])("%s", (_, before, ended) => {
    const { containers } = after(stop, { containers: [{ ...container, ...before }, other] });
    expect(containers).toMatchObject([{ id, state: "exited", ...ended }, other]);
  });
});

describe("an image that is fetched", () => {
  const pull: Operation = { kind: "pull", stack, reference: "./image", cause, after: [] };
  it.each<[string, Observed["images"], boolean]>([
    ["is of a registry where nobody knew it", {}, false],
    [
      "is on disk where it was",
      { "./image": { digest: digestOf("old"), stored: false, onDisk: true } },
      true,
    ],
  ])("%s", (_, images, onDisk) => {
    const image = { digest: digestOf("./image"), stored: true, onDisk };
    expect(after(pull, { images }).images).toEqual({ "./image": image });
  });
});

function createOf(words: ServiceWords): CreateOperation {
  const [web] = aStack("shop", { web: words }).services;
  if (web === undefined) throw new Error("it has one");
  return {
    ...{ kind: "create", stack, container: { id, service, slot }, specHash, image: digestOf("web") },
    ...{ spec: web.container, ports: web.ports, restart: web.restart, source: web.source, cause, after: [] },
  };
}
