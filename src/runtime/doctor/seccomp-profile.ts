/** The default seccomp profile, without which no container starts that does not ask for another. */
import { existsSync } from "node:fs";
import { defaultProfile } from "../container/load-seccomp.ts";
import type { Check } from "./check.ts";

export const checkSeccompProfile = (): Check => judgeSeccompProfile(existsSync(defaultProfile));

export function judgeSeccompProfile(isThere: boolean): Check {
  const name = "seccomp profile";
  if (isThere) return { name, status: "ok", detail: defaultProfile };
  return {
    name,
    status: "missing",
    detail: `there is no ${defaultProfile}`,
    remedy: "Install it: apt-get install golang-github-containers-common",
  };
}
