import { expect, test } from "vitest";
import { rangeIn } from "../../../src/runtime/isolation/container-ids.ts";

const others = "root:100000:65536\ndocker:300000:65536\n";
const both = (text: string) => ({ subuid: others + text, subgid: others + text });

test("where nothing is reserved it is a range that nobody gives out", () => {
  expect(rangeIn(both(""))).toEqual({ first: 1_879_048_192, count: 65_536 });
});

test("what is reserved for tallyman is taken, and no more than is needed", () => {
  expect(rangeIn(both("tallyman:400000:131072\n"))).toEqual({ first: 400_000, count: 65_536 });
});

test.each([
  ["too small", both("tallyman:400000:1000")],
  ["no numbers", both("tallyman:x:y")],
  ["the host's own root", both("tallyman:0:65536")],
  ["only for users", { subuid: "tallyman:400000:65536", subgid: others }],
  ["not the same", { subuid: "tallyman:400000:65536", subgid: "tallyman:500000:65536" }],
])("a reservation that is %s is an error", (_what, files) => {
  expect(() => rangeIn(files)).toThrow(expect.objectContaining({ code: "BAD_SUBORDINATE_IDS" }) as Error);
});
