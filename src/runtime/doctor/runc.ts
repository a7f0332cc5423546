/** runc, which makes the containers, and what is known to be wrong with its version. */
import { findProgram } from "../../sys/find-program.ts";
import type { Check } from "./check.ts";
import { readVersion } from "./read-version.ts";
import { runcAdvisories, type Advisory } from "./runc-advisories.ts";
import { isOlder, parseVersion, type Version } from "./version.ts";

export const checkRunc = async (): Promise<Check> =>
  judgeRunc(await readVersion(() => findProgram("runc", "runc")));

/** `printed`: what `runc --version` says; undefined where there is no runc. */
export function judgeRunc(printed: string | undefined): Check {
  const name = "runc";
  if (printed === undefined) {
    return { name, status: "missing", detail: "not installed", remedy: "Install it: apt-get install runc" };
  }
  const version = parseVersion(printed);
  if (version === undefined) return { name, status: "warning", detail: "its version is not known" };
  const debianVersion = /^commit: (\S+\+deb\d+u\d+)$/m.exec(printed)?.[1];
  const shown = debianVersion ?? version.filter((part) => part !== Infinity).join(".");
  const open = runcAdvisories.filter((advisory) => concerns(advisory, { version, debianVersion }));
  if (open.length === 0) return { name, status: "ok", detail: shown };
  return {
    name,
    status: "warning",
    detail: `${shown} has known weaknesses: ${open.map(({ id }) => id).join(", ")}`,
    remedy:
      "Run only images that you trust. Where your distribution has no repaired version, put runc 1.3.6 or later " +
      "into /usr/local/sbin.",
  };
}

interface Installed {
  readonly version: Version;
  readonly debianVersion: string | undefined;
}

function concerns(advisory: Advisory, { version, debianVersion }: Installed): boolean {
  if (
    debianVersion !== undefined &&
    advisory.fixedInDebian?.some((fixed) => includes(debianVersion, fixed))
  ) {
    return false;
  }
  const fixes = advisory.fixedIn.map(parseVersion).filter((fixed) => fixed !== undefined);
  const ofThisLine = fixes.find(([major, minor]) => major === version[0] && minor === version[1]);
  const bound = ofThisLine ?? fixes.at(-1);
  return bound !== undefined && isOlder(version, bound);
}

/** Whether one Debian version is `fixed`, or a later update of the same (`+deb12u1`, `+deb12u2`). */
function includes(debianVersion: string, fixed: string): boolean {
  const [base, update] = splitUpdate(debianVersion);
  const [fixedBase, fixedUpdate] = splitUpdate(fixed);
  return base === fixedBase && update >= fixedUpdate;
}

function splitUpdate(debianVersion: string): readonly [base: string, update: number] {
  const [base = "", update = "0"] = debianVersion.split(/u(?=\d+$)/);
  return [base, Number(update)];
}
