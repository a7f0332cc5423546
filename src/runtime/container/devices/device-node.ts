/** What a device node of the host is. */
import { lstatSync, readdirSync, statSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { OciDevice } from "../spec/oci-spec.ts";

/** At `path` in the container. Undefined where `stat` is of something else. */
export function deviceNode(path: string, stat: Stats): OciDevice | undefined {
  if (!stat.isCharacterDevice() && !stat.isBlockDevice()) return undefined;
  return {
    path,
    type: stat.isBlockDevice() ? "b" : "c",
    ...deviceNumber(stat),
    fileMode: stat.mode & 0o777,
    uid: stat.uid,
    gid: stat.gid,
  };
}

/** As makedev(3) packs them. */
export function deviceNumber({ rdev }: Pick<Stats, "rdev">): {
  readonly major: number;
  readonly minor: number;
} {
  const number = BigInt(rdev);
  return {
    major: Number(((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n)),
    minor: Number((number & 0xffn) | ((number >> 12n) & 0xffffff00n)),
  };
}

/** The device at `source`, its link followed, or every one in the folder `source`, each under `target`. */
export function deviceNodesAt(source: string, target: string): readonly OciDevice[] {
  const stat = statSync(source, { throwIfNoEntry: false });
  if (!stat) return [];
  if (!stat.isDirectory()) return [deviceNode(target, stat)].filter((device) => device !== undefined);
  return readdirSync(source)
    .sort()
    .flatMap((name) => nodesBelow(join(source, name), join(target, name)));
}

/** Links are left out: what they lead to is in the folder, or none of its business. */
function nodesBelow(source: string, target: string): readonly OciDevice[] {
  const stat = lstatSync(source, { throwIfNoEntry: false });
  if (!stat) return [];
  if (stat.isDirectory()) return deviceNodesAt(source, target);
  return [deviceNode(target, stat)].filter((device) => device !== undefined);
}
