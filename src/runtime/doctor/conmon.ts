/** conmon, which watches each container. */
import { findProgram } from "../../sys/find-program.ts";
import type { Check } from "./check.ts";
import { readVersion } from "./read-version.ts";
import { isOlder, parseVersion } from "./version.ts";

export const checkConmon = async (): Promise<Check> =>
  judgeConmon(await readVersion(() => findProgram("conmon", "conmon")));

const oldestTried = "2.1.6";

/** `printed`: what `conmon --version` says; undefined where there is no conmon. */
export function judgeConmon(printed: string | undefined): Check {
  const name = "conmon";
  if (printed === undefined) {
    return { name, status: "missing", detail: "not installed", remedy: "Install it: apt-get install conmon" };
  }
  const version = parseVersion(printed);
  const oldest = parseVersion(oldestTried);
  if (version === undefined || oldest === undefined) {
    return { name, status: "warning", detail: "its version is not known" };
  }
  const shown = version.slice(0, 3).join(".");
  if (!isOlder(version, oldest)) return { name, status: "ok", detail: shown };
  return {
    name,
    status: "warning",
    detail: `${shown} is older than ${oldestTried}, the oldest that was tried`,
    remedy: `Install ${oldestTried} or later.`,
  };
}
