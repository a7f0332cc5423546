/** mount(2). */
import { closeSync, constants, openSync } from "node:fs";
import { check, libc } from "./libc.ts";

export interface OverlayMount {
  readonly target: string;
  /** Folders that are read, the uppermost first. */
  readonly lower: readonly string[];
  /** Where writes go, and a work folder on the same file system. */
  readonly upper: string;
  readonly work: string;
}

const mount = libc(
  "int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options)",
);

/**
 * Mounts it. The folders are handed over as open descriptors: mount options are one page in all, and `:` and `,` in
 * a path would be read as separators.
 */
export function mountOverlay(overlay: OverlayMount): void {
  const opened: number[] = [];
  const hold = (path: string): string => {
    const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    opened.push(fd);
    return `/proc/self/fd/${fd}`;
  };
  try {
    const options = [
      `lowerdir=${overlay.lower.map(hold).join(":")}`,
      `upperdir=${hold(overlay.upper)}`,
      `workdir=${hold(overlay.work)}`,
    ].join(",");
    check(mount("overlay", overlay.target, "overlay", 0, options), "mount", overlay.target);
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

/** Nothing in it is a program, a device, or has rights of its own. */
export function mountTmpfs(target: string, options: string): void {
  check(mount("tmpfs", target, "tmpfs", nosuid | nodev | noexec, options), "mount", target);
}

const bind = 0x1000;
const nosuid = 2;
const nodev = 4;
const noexec = 8;

/** Lets what is at `source` appear at `target`, too. */
export function bindMount(source: string, target: string): void {
  check(mount(source, target, "", bind, ""), "mount", target);
}
