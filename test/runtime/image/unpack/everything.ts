/** A tree with all that is to be seen of it, for comparing what two programs made. */
import { createHash } from "node:crypto";
import { closeSync, constants, lstatSync, openSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { getXattr, listXattrs } from "../../../../src/sys/xattr.ts";
import { isKeptXattr } from "../../../../src/runtime/image/tar/xattrs.ts";
import { pathsBelow } from "./ground.ts";

/** A line for each entry: its path, mode with type, owner, time, device, other names, attributes, and content. */
export function everything(root: string): readonly string[] {
  const paths = ["", ...pathsBelow(root)];
  const firstNames = new Map<bigint, string>();
  return paths.map((path) => {
    const name = join(root, path);
    const stat = lstatSync(name, { bigint: true });
    const facts = [`/${path}`, stat.mode.toString(8), `${stat.uid}:${stat.gid}`, `${stat.mtimeNs}`];
    if (stat.isSymbolicLink()) return [...facts, `-> ${readlinkSync(name)}`].join(" ");
    if (stat.isDirectory()) return [...facts, ...xattrs(name)].join(" ");
    const firstName = firstNames.get(stat.ino) ?? path;
    firstNames.set(stat.ino, firstName);
    facts.push(`=/${firstName}`);
    if (!stat.isFile()) return [...facts, `device ${stat.rdev}`].join(" ");
    const content = createHash("sha256").update(readFileSync(name)).digest("hex");
    return [...facts, `${stat.size}`, content, ...xattrs(name)].join(" ");
  });
}

function xattrs(path: string): readonly string[] {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    return listXattrs(fd)
      .filter(isKeptXattr)
      .sort()
      .map((name) => `${name}=${Buffer.from(getXattr(fd, name)).toString("hex")}`);
  } finally {
    closeSync(fd);
  }
}
