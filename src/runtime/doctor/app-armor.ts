/** AppArmor. Containers get a profile of it only where one is asked for, so that its absence is no fault. */
import { readFileSync } from "node:fs";
import { codeOf } from "../../model/error.ts";
import type { Check } from "./check.ts";

export const checkAppArmor = (): Check => judgeAppArmor(isEnabled());

export function judgeAppArmor(enabled: boolean): Check {
  const detail = enabled
    ? "active: profiles can be named"
    : "not active: containers cannot name a profile of it";
  return { name: "AppArmor", status: "ok", detail };
}

function isEnabled(): boolean {
  try {
    return readFileSync("/sys/module/apparmor/parameters/enabled", "utf8").trim() === "Y";
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}
