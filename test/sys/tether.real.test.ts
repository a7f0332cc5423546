import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isTethered, openTether } from "../../src/sys/tether.ts";

test("a tether is held for as long as the program that it was given to lives", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tether-"));
  const path = join(folder, "tether");
  expect(isTethered(path)).toBe(false);
  const fd = openTether(path);
  const child = spawn("sleep", ["100"], { stdio: ["ignore", "ignore", "ignore", fd] });
  closeSync(fd);
  expect(isTethered(path)).toBe(true);
  expect(isTethered(path)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isTethered(path)).toBe(false);
  await rm(folder, { recursive: true });
});
