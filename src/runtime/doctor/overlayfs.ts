/** overlayfs, by which containers share their image's files. */
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import type { Check } from "./check.ts";

export function checkOverlayfs(): Check {
  return judgeOverlayfs({
    filesystems: readFileSync("/proc/filesystems", "utf8"),
    loadable: existsSync(`/lib/modules/${release()}/kernel/fs/overlayfs`),
  });
}

export interface OverlayfsFacts {
  /** /proc/filesystems */
  readonly filesystems: string;
  /** The kernel has it as a module, which the first mount loads. */
  readonly loadable: boolean;
}

export function judgeOverlayfs({ filesystems, loadable }: OverlayfsFacts): Check {
  const name = "overlayfs";
  if (/^nodev\s+overlay$/m.test(filesystems)) return { name, status: "ok", detail: "in the kernel" };
  if (loadable) return { name, status: "ok", detail: "a module that is loaded when it is needed" };
  return {
    name,
    status: "missing",
    detail: "the kernel does not have it",
    remedy: "Use a kernel with CONFIG_OVERLAY_FS; every kernel of Debian has it.",
  };
}
