import { expect, test } from "vitest";
import { rlimitsOf } from "../../../../src/runtime/container/spec/rlimits.ts";

const bound = { capabilities: [], hardLimits: { RLIMIT_NOFILE: 20_000 } };
const free = { ...bound, capabilities: ["CAP_SYS_RESOURCE"] };

test("open files are always limited by us", () => {
  expect(rlimitsOf([], free)).toEqual([{ type: "RLIMIT_NOFILE", soft: 1_048_576, hard: 1_048_576 }]);
});

test("without CAP_SYS_RESOURCE nothing goes above what we have", () => {
  expect(rlimitsOf([{ name: "nofile", soft: 50_000, hard: -1 }], bound)).toEqual([
    { type: "RLIMIT_NOFILE", soft: 20_000, hard: 20_000 },
  ]);
});

test("-1 is no limit", () => {
  expect(rlimitsOf([{ name: "core", soft: 5, hard: -1 }], bound)[0]).toEqual({
    type: "RLIMIT_CORE",
    soft: 5,
    hard: Infinity,
  });
});
