import { expect, test } from "vitest";
import { run } from "../../src/sys/run.ts";

test("gives what the program printed", async () => {
  expect(await run("sh", ["-c", "cat; echo warned >&2"], { input: "asked" })).toEqual({
    stdout: "asked",
    stderr: "warned\n",
  });
});

test("an exit code other than 0 is an error with what was printed", async () => {
  await expect(run("sh", ["-c", "echo no such thing >&2; exit 3"])).rejects.toMatchObject({
    code: "COMMAND_FAILED",
    message: "sh: no such thing",
    exitCode: 3,
  });
});

test("a program that is not installed is an error that says so", async () => {
  await expect(run("tallyman-has-no-such-program", [])).rejects.toMatchObject({
    code: "COMMAND_NOT_STARTED",
    message: "tallyman-has-no-such-program is not installed",
  });
});

test("one that runs too long is ended", async () => {
  await expect(run("sleep", ["1000"], { timeoutMs: 50 })).rejects.toMatchObject({
    code: "COMMAND_TIMEOUT",
    message: "sleep was still running after 50 ms",
  });
});

test("one that is called off is ended, with the reason", async () => {
  const reason = new Error("no longer wanted");
  const calledOff = new AbortController();
  const sleeping = run("sleep", ["1000"], { signal: calledOff.signal });
  calledOff.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
});

test("more output than is wanted is an error, and ends it", async () => {
  await expect(run("yes", [], { maxOutputBytes: 100_000 })).rejects.toMatchObject({
    code: "COMMAND_OUTPUT_TOO_LARGE",
  });
});

test("lines are given one by one, however many there are", async () => {
  let sum = 0;
  const { stdout } = await run("seq", ["3000000"], { onLine: (line) => (sum += Number(line)) }); // 22 MiB
  expect([sum, stdout]).toEqual([4_500_001_500_000, ""]);
});
