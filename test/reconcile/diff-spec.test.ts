import { expect, it } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { diffSpec } from "../../src/reconcile/plan/diff-spec.ts";

const cases: readonly (readonly [name: string, from: JsonObject, to: JsonObject, expected: unknown])[] = [
  ["nothing", { image: "a" }, { image: "a" }, []],
  ["a value", { image: "a" }, { image: "b" }, [{ field: "image", from: "a", to: "b" }]],
  [
    "a value in a map",
    { environment: { A: "1" } },
    { environment: { A: "2" } },
    [{ field: "environment.A", from: "1", to: "2" }],
  ],
  [
    "a whole map that is new, by its keys",
    {},
    { environment: { A: "1" } },
    [{ field: "environment.A", to: "1" }],
  ],
  [
    "a whole map that is gone, by its keys",
    { environment: { A: "1" } },
    {},
    [{ field: "environment.A", from: "1" }],
  ],
  [
    "a key that every object answers to, as any other",
    { environment: { constructor: "1" } },
    { environment: { toString: "1" } },
    [
      { field: "environment.constructor", from: "1" },
      { field: "environment.toString", to: "1" },
    ],
  ],
  [
    "a list of words, as one",
    { command: ["a", "b"] },
    { command: ["a", "c"] },
    [{ field: "command", from: ["a", "b"], to: ["a", "c"] }],
  ],
  [
    "an entry of a list of maps, by its place",
    { ports: [{ target: 80, published: 1 }] },
    { ports: [{ target: 80, published: 2 }] },
    [{ field: "ports[0].published", from: 1, to: 2 }],
  ],
];

it.each(cases)("tells %s", (_name, from, to, expected) => {
  expect(diffSpec(from, to)).toEqual(expected);
});
