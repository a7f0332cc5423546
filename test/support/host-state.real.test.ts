import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/sys/run.ts";
import { hostState, whatIsNew } from "./host-state.ts";

test("whatever a test leaves on the host is named", async () => {
  const folder = await mkdtemp(join(tmpdir(), "left-"));
  const before = await hostState(folder);
  const sleeper = spawn("sleep", ["60"], { cwd: folder, stdio: "ignore" });
  const exited = once(sleeper, "exit");
  try {
    await run("ip", ["link", "add", "tm-left", "type", "bridge"]);
    await run("nft", ["add", "table", "ip", "tallyman-left"]);
    await run("mkdir", [join(folder, "mounted")]);
    await run("mount", ["-t", "tmpfs", "tmpfs", join(folder, "mounted")]);

    const left = whatIsNew(before, await hostState(folder)).join("\n");
    expect(left).toContain("link tm-left");
    expect(left).toContain("nft table table ip tallyman-left");
    expect(left).toContain(`mount ${folder}/mounted`);
    expect(left).toContain(`file ${folder}/mounted`);
    expect(left).toContain(`process ${sleeper.pid ?? "?"} sleep 60 in ${folder}`);
  } finally {
    sleeper.kill();
    await exited;
    await run("umount", [join(folder, "mounted")]);
    await run("nft", ["delete", "table", "ip", "tallyman-left"]);
    await run("ip", ["link", "delete", "tm-left"]);
    await rm(folder, { recursive: true });
  }
  const ours = (line: string): boolean => line.includes("left"); // other tests run beside this one
  expect(whatIsNew(before, await hostState(folder)).filter(ours)).toEqual([]);
});
