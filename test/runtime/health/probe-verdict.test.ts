import { describe, expect, test } from "vitest";
import { outputOf, parseVerdict } from "../../../src/runtime/health/probe-verdict.ts";

describe("what came of a probe", () => {
  test.each([
    ["exit code 0", '{"data": 12}\n{"data": 0}\n', { outcome: "passed", exitCode: 0, output: "out" }],
    ["another one", '{"data": 12}\n{"data": 137}\n', { outcome: "failed", exitCode: 137, output: "out" }],
    [
      "it took too long",
      '{"data": 12}\n{"data": -1, "message": "command timed out"}\n',
      { outcome: "timed-out", output: "out" },
    ],
    [
      "its interpreter is missing",
      '{"data": -1, "message": "exec failed: exec /check: no such file or directory\\n"}\n',
      { outcome: "failed", output: "exec failed: exec /check: no such file or directory" },
    ],
    [
      "the host has no room for it",
      '{"data": -1, "message": "fork/exec: resource temporarily unavailable"}\n',
      { outcome: "not-run", output: "fork/exec: resource temporarily unavailable" },
    ],
    ["conmon died early", "", { outcome: "not-run", output: "conmon ended without a word" }],
    [
      "conmon died late",
      '{"data": 12}\n',
      { outcome: "not-run", output: "conmon was ended before the probe was" },
    ],
  ])("%s", (_, answer, verdict) => {
    expect(parseVerdict(answer, "out")).toEqual(verdict);
  });
});

describe("the output that is kept", () => {
  const time = "2026-01-01T00:00:00.000000000+00:00";

  test("both streams, in the order of their lines, also without a last newline", () => {
    const log = `${time} stdout F one\n${time} stderr F two\n${time} stdout P thr\n${time} stdout P ee\n`;
    expect(outputOf(log)).toBe("one\ntwo\nthree");
  });

  test("its first 4096 bytes, and no half character", () => {
    const text = Buffer.from("x".repeat(4095) + "é and more").toString("latin1");
    expect(outputOf(`${time} stdout F ${text}\n`)).toBe("x".repeat(4095));
  });
});
