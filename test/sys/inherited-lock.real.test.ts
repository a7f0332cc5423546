import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/sys/run.ts";

const module = new URL("../../src/sys/inherited-lock.ts", import.meta.url).href;

test("a lock that flock(1) took for us is ours to give up and take again, and not that of our children", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lock-"));
  try {
    const path = join(folder, "lock");
    await writeFile(path, "");
    const script = `
      import { execFileSync, spawn } from "node:child_process";
      const { openInheritedLock } = await import(process.argv[1]);
      const isFree = () => {
        try { execFileSync("flock", ["--nonblock", process.argv[2], "true"]); return true; } catch { return false; }
      };
      const lock = openInheritedLock(process.argv[2]);
      const seen = [lock.take(), isFree()];
      const child = spawn("sleep", ["10"], { stdio: "ignore" });
      lock.release();
      seen.push(isFree(), lock.take(), isFree());
      lock[Symbol.dispose]();
      seen.push(isFree());
      child.kill();
      console.log(JSON.stringify(seen));`;
    const node = [process.execPath, "--input-type=module", "-e", script, module, path];
    const { stdout } = await run("flock", ["--nonblock", "--no-fork", path, ...node]);
    expect(JSON.parse(stdout)).toEqual([true, false, true, true, false, true]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
