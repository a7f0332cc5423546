/** `security_opt`, one setting a line, and `userns_mode`. */
import type { SecurityOptions } from "../../model/container-spec.ts";
import type { CanonicalService } from "../canonical-stack.ts";
import { type Checking, errorAt, warningAt } from "../../document/checking.ts";
import { hostPath, type ImageContext } from "./image.ts";

export function securityOptions(service: CanonicalService, context: SecurityContext): SecurityOptions {
  const userNamespace = userNamespaceOf(service, context);
  let security: SecurityOptions = {
    ...(userNamespace !== undefined && { userNamespace }),
    seccomp: "default",
    apparmor: "default",
  };
  service.security_opt?.forEach((option, index) => {
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

type SecurityContext = ImageContext & { readonly path: string; readonly checking: Checking };

/** Undefined where the host's configuration decides. */
function userNamespaceOf(
  { userns_mode: mode = "" }: CanonicalService,
  { path, checking }: SecurityContext,
): boolean | undefined {
  if (mode === "private" || mode === "host") return mode === "private";
  if (mode !== "") {
    errorAt(checking, `${path}.userns_mode`, {
      code: "unsupported-value",
      message: `${path}.userns_mode is ${JSON.stringify(mode)}, which is not supported`,
      hint: "Write private or host, or leave it to the host's configuration.",
    });
  }
  return undefined;
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
