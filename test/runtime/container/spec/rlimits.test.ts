import { expect, test } from "vitest";
import type { Ulimit } from "../../../../src/model/container-spec.ts";
import { loweredLimits, type LoweredLimit } from "../../../../src/runtime/container/spec/lowered-limits.ts";
import { rlimitsOf } from "../../../../src/runtime/container/spec/rlimits.ts";

const bound = { capabilities: [], hardLimits: { RLIMIT_NOFILE: 20_000 } };
const free = { ...bound, capabilities: ["CAP_SYS_RESOURCE"] };

test("what the host does not let us give is told, with what was wanted; what nobody asked for is not", () => {
  const host = { capabilities: [], hardLimits: { RLIMIT_NOFILE: 4096, RLIMIT_MEMLOCK: 65_536 } };
  const told = (ulimits: readonly Ulimit[], oomScoreAdj?: number): readonly LoweredLimit[] =>
    loweredLimits(
      { ulimits, ...(oomScoreAdj !== undefined && { oomScoreAdj }) },
      { rlimits: rlimitsOf(ulimits, host), oomScoreAdj: 0 },
    );
  expect(told([])).toEqual([]);
  expect(told([{ name: "nofile", soft: 1024, hard: 4096 }], 500)).toEqual([]);
  expect(
    told(
      [
        { name: "nofile", soft: 1024, hard: 8192 },
        { name: "memlock", soft: -1, hard: -1 },
      ],
      -500,
    ),
  ).toEqual([
    { limit: "RLIMIT_NOFILE", wanted: 8192, given: 4096 },
    { limit: "RLIMIT_MEMLOCK", wanted: -1, given: 65_536 },
    { limit: "oom_score_adj", wanted: -500, given: 0 },
  ]);
});

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
