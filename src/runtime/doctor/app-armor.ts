/** AppArmor, and what loads our profile of it. A host without AppArmor is no fault. */
import { findParser, hasAppArmor } from "../container/app-armor/load-default-profile.ts";
import { defaultProfileName } from "../container/app-armor/default-profile.ts";
import type { Check } from "./check.ts";

export const checkAppArmor = (): Check =>
  judgeAppArmor({ enabled: hasAppArmor(), parser: findParser() !== undefined });

export function judgeAppArmor({
  enabled,
  parser,
}: {
  readonly enabled: boolean;
  readonly parser: boolean;
}): Check {
  const name = "AppArmor";
  if (!enabled) return { name, status: "ok", detail: "not active: containers cannot name a profile of it" };
  if (parser)
    return { name, status: "ok", detail: `active: containers get the profile ${defaultProfileName}` };
  return {
    name,
    status: "warning",
    detail: "active, but there is no apparmor_parser: containers get no profile",
    remedy: "Install it: apt-get install apparmor",
  };
}
