/** The file system of the data directory: not every one can lie below overlayfs. */
import { statfsSync } from "node:fs";
import type { RuntimePaths } from "../types.ts";
import type { Check } from "./check.ts";
import { nearestFolder } from "./nearest-folder.ts";

export function checkDataFolder({ dataDir }: RuntimePaths): Check {
  return judgeDataFolder({ dataDir, type: statfsSync(nearestFolder(dataDir)).type });
}

export interface DataFolderFacts {
  readonly dataDir: string;
  /** `f_type` of statfs(2). */
  readonly type: number;
}

interface FileSystem {
  readonly name: string;
  /** What is wrong with it; absent: nothing. */
  readonly fault?: "unusable" | "lost at reboot";
}

/** By the numbers that statfs(2) lists. */
const fileSystems: Readonly<Record<number, FileSystem>> = {
  0xef53: { name: "ext4" },
  0x58465342: { name: "xfs" },
  0x9123683e: { name: "btrfs" },
  0xf2f52010: { name: "f2fs" },
  0x01021994: { name: "tmpfs", fault: "lost at reboot" },
  0x794c7630: { name: "overlayfs", fault: "unusable" },
  0x6969: { name: "nfs", fault: "unusable" },
  0xff534d42: { name: "cifs", fault: "unusable" },
  0xfe534d42: { name: "smb", fault: "unusable" },
  0x4d44: { name: "vfat", fault: "unusable" },
  0x65735546: { name: "fuse", fault: "unusable" },
};

export function judgeDataFolder({ dataDir, type }: DataFolderFacts): Check {
  const name = "data directory";
  const remedy = "Put it on ext4, xfs or btrfs, by a mount there or with TALLYMAN_DATA_DIR.";
  const fileSystem = fileSystems[type];
  if (fileSystem === undefined) {
    const detail = `${dataDir} is on a file system that was not tried (0x${type.toString(16)})`;
    return { name, status: "warning", detail, remedy };
  }
  const place = `${dataDir} is on ${fileSystem.name}`;
  if (fileSystem.fault === "unusable") {
    return { name, status: "missing", detail: `${place}, which cannot hold containers' files`, remedy };
  }
  if (fileSystem.fault === "lost at reboot") {
    return { name, status: "warning", detail: `${place}: everything is lost at a reboot`, remedy };
  }
  return { name, status: "ok", detail: place };
}
