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

test("whoever looks finds it held from the moment that it is there, with what is in it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tether-"));
  const count = 400;
  const look = `
    import { existsSync, readFileSync } from "node:fs";
    const { isTethered } = await import(${JSON.stringify(import.meta.resolve("../../src/sys/tether.ts"))});
    console.log("looking");
    for (let number = 0; number < ${count}; ) {
      const path = ${JSON.stringify(folder)} + "/" + number;
      if (!existsSync(path)) continue;
      if (!isTethered(path)) console.log(number, "is free");
      if (readFileSync(path, "utf8") !== "mine") console.log(number, "is not whole");
      number += 1;
    }`;
  const looker = spawn(process.execPath, ["--input-type=module", "--eval", look], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  looker.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(looker, "close");
  await once(looker.stdout, "data");
  const held: number[] = [];
  for (let number = 0; number < count; number += 1) held.push(openTether(join(folder, `${number}`), "mine"));
  await ended;
  for (const fd of held) closeSync(fd);
  expect(said).toBe("looking\n");
  await rm(folder, { recursive: true });
});
