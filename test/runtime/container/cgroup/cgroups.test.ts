import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { containerId } from "../../../../src/model/ids.ts";
import {
  processesBelow,
  removeCgroups,
  type Cgroups,
} from "../../../../src/runtime/container/cgroup/cgroups.ts";

it("takes a cgroup that systemd takes away at the same moment for one without processes", () => {
  const parent = mkdtempSync(join(tmpdir(), "cgroups-"));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const id = containerId("0123456789ab");
  const folder = join(parent, `tallyman-${id}.scope`);
  mkdirSync(folder); // as it looks when the folder was seen, and the files in it are gone
  const cgroups: Cgroups = {
    version: 2,
    systemd: true,
    slice: "tallyman.slice",
    swapAccounting: true,
    blockIoWeight: true,
    parents: [parent],
    freezer: undefined,
    folderName: () => `tallyman-${id}.scope`,
    pathFor: () => "",
    apart: [],
  };
  expect(processesBelow(folder)).toEqual([]);
  expect(removeCgroups(cgroups, id)).toBe(true);
  expect(existsSync(folder)).toBe(false);
});
