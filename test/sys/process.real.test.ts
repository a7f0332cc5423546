import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { identify, isAlive, signalProcess } from "../../src/sys/process.ts";

test("a process is known by more than its number", async () => {
  const child = spawn("sleep", ["100"], { stdio: "ignore" });
  const identity = identify(child.pid ?? 0);
  if (!identity) throw new Error("it is not there");
  expect(isAlive(identity)).toBe(true);
  expect(isAlive({ ...identity, startTime: identity.startTime + 1 })).toBe(false);
  expect(isAlive({ ...identity, bootId: "another" })).toBe(false);
  expect(signalProcess({ ...identity, startTime: 0 }, 9)).toBe(false);

  expect(signalProcess(identity, 9)).toBe(true);
  const [, signal] = (await once(child, "exit")) as [number | null, string];
  expect(signal).toBe("SIGKILL");
  expect(isAlive(identity)).toBe(false);
  expect(signalProcess(identity, 9)).toBe(false);
  expect(identify(child.pid ?? 0)).toBeUndefined();
});
