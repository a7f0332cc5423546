import { closeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { launch } from "../../src/sys/launch.ts";
import { run, type CommandError } from "../../src/sys/run.ts";
import { isTethered, openTether } from "../../src/sys/tether.ts";
import { until } from "../support/until.ts";

let folder: string;
/** Held by what a script has started, for as long as it lives. */
let tether: string;
let fd: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "left-behind-"));
  tether = join(folder, "tether");
  fd = openTether(tether);
});

afterEach(async () => {
  closeSync(fd);
  await rm(folder, { recursive: true });
});

/** A script that starts what keeps its outputs for longer than any test, and says its pid. */
const script = (then: string): readonly string[] => ["-c", `sleep 600 & echo $!; ${then}`];

async function allEnded(): Promise<void> {
  closeSync(fd);
  await until("nobody holds the tether", () => !isTethered(tether));
  fd = openTether(tether);
}

test("what a program leaves behind in its outputs is not waited for, and what it printed is whole", async () => {
  const { stdout } = await run("sh", script("seq 30000; echo done"));
  const [pid, ...rest] = stdout.trimEnd().split("\n");
  process.kill(Number(pid));
  expect([rest.length, rest.at(-1)]).toEqual([30_001, "done"]);
});

test("its exit code counts, not that it leaves something behind", async () => {
  const failing = run("sh", script("exit 3")).catch((error: unknown) => error as CommandError);
  const error = (await failing) as CommandError;
  process.kill(Number(error.stdout));
  expect(error).toMatchObject({ code: "COMMAND_FAILED", exitCode: 3 });
});

test("one that runs too long is ended, and what it has started is not waited for", async () => {
  const late = run("sh", script("wait"), { timeoutMs: 500 }).catch((error: unknown) => error as CommandError);
  const error = (await late) as CommandError;
  process.kill(Number(error.stdout));
  expect(error).toMatchObject({ code: "COMMAND_TIMEOUT", message: "sh was still running after 500 ms" });
});

test("so it is with one that is called off", async () => {
  const reason = new Error("no longer wanted");
  const calledOff = new AbortController();
  let pid = 0;
  const onLine = (line: string): void => {
    pid = Number(line);
    calledOff.abort(reason);
  };
  await expect(run("sh", script("wait"), { signal: calledOff.signal, onLine })).rejects.toBe(reason);
  process.kill(pid);
});

test("where it may be a script, all that it has started ends with it", async () => {
  const options = { timeoutMs: 500, withChildren: true, fds: [fd] };
  await expect(run("sh", script("wait"), options)).rejects.toMatchObject({ code: "COMMAND_TIMEOUT" });
  await allEnded();
});

test("what does not go into the background in time is ended, with all that it has started", async () => {
  const launched = launch("sh", script("wait"), { cwd: "/", env: {}, fds: [fd], timeoutMs: 500 });
  await expect(launched).rejects.toMatchObject({
    code: "COMMAND_TIMEOUT",
    message: "sh was still running after 500 ms",
  });
  await allEnded();
});
