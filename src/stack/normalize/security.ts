/** `security_opt`, one setting a line. */
import type { SecurityOptions } from "../../model/container-spec.ts";
import type { CanonicalService } from "../canonical-stack.ts";
import { type Checking, errorAt, warningAt } from "../../document/checking.ts";
import { hostPath, type ImageContext } from "./image.ts";

export function securityOptions(
  { security_opt: options = [] }: CanonicalService,
  context: ImageContext & { readonly path: string; readonly checking: Checking },
): SecurityOptions {
  let security: SecurityOptions = { noNewPrivileges: false, seccomp: "default", apparmor: "default" };
  options.forEach((option, index) => {
    const [, key = "", value = ""] = /^([a-z-]+)(?:[:=](.*))?$/.exec(option) ?? [];
    const setting = Object.hasOwn(settings, key) ? settings[key] : undefined;
    const changed = setting?.(value, context);
    if (key === "label" && changed !== undefined && value !== "disable") {
      warningAt(context.checking, `${context.path}.security_opt[${index}]`, {
        code: "unsupported-value",
        message: `the label of ${context.path}.security_opt[${index}] has no effect: SELinux is not supported`,
        hint: "Remove it, or leave it for other tools.",
      });
    }
    if (changed !== undefined) security = { ...security, ...changed };
    else {
      errorAt(context.checking, `${context.path}.security_opt[${index}]`, {
        code: "unsupported-value",
        message: `${JSON.stringify(option)} is no security option that is supported`,
        hint: "Write no-new-privileges:true, seccomp=unconfined, seccomp=./profile.json, apparmor=name or systempaths=unconfined.",
      });
    }
  });
  return security;
}

type Setting = (value: string, context: ImageContext) => Partial<SecurityOptions> | undefined;

const settings: Readonly<Partial<Record<string, Setting>>> = {
  "no-new-privileges": (value) =>
    ["", "true", "false"].includes(value) ? { noNewPrivileges: value !== "false" } : undefined,
  seccomp: (value, context) => {
    if (value === "" || value === "unconfined") return value === "" ? undefined : { seccomp: value };
    const path = hostPath(value, context);
    return path === undefined ? undefined : { seccomp: path };
  },
  // Nothing is ever labelled here, and that is what `disable` asks for.
  label: (value) => (/^(disable$|(user|role|type|level|filetype):.)/.test(value) ? {} : undefined),
  systempaths: (value) => (value === "unconfined" ? { unmasked: true } : undefined),
  apparmor: (value) => (value === "" ? undefined : { apparmor: value }),
};
