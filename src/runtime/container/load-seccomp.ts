/** The seccomp profile that a container asks for. */
import type { ContainerSpec } from "../../model/container-spec.ts";
import { messageOf, TallymanError } from "../../model/error.ts";
import { readPlainFile } from "../../sys/plain-file.ts";
import type { SeccompProfile } from "./spec/seccomp.ts";

/** The one that Podman and CRI-O use. */
export const defaultProfile = "/usr/share/containers/seccomp.json";

const maxBytes = 1024 * 1024;

/** Undefined for `unconfined`. */
export async function loadSeccomp(spec: ContainerSpec): Promise<SeccompProfile | undefined> {
  const { seccomp } = spec.security;
  if (seccomp === "unconfined" || spec.privileged) return undefined;
  const path = seccomp === "default" ? defaultProfile : seccomp;
  try {
    return parseProfile((await readPlainFile(path, { maxBytes })).toString("utf8"));
  } catch (error) {
    throw new TallymanError("BAD_SECCOMP_PROFILE", `seccomp profile ${path}: ${messageOf(error)}`, {
      hint:
        seccomp === "default"
          ? "Install it: apt-get install golang-github-containers-common"
          : "Correct the path or the file; its format is that of Docker's --security-opt seccomp=FILE.",
      cause: error,
    });
  }
}

/** Checked as far as a mistake would weaken the filter in silence; the runtime checks names and actions. */
function parseProfile(text: string): SeccompProfile {
  const profile = parseJson(text);
  if (!isProfile(profile)) throw new Error("it has no defaultAction or no list of syscalls");
  return profile;
}

/** What is wrong is said by its place alone: the file may be anything of the host's, and nobody is to be told what is in it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [, line, column] = /\(line (\d+) column (\d+)\)$/.exec(messageOf(error)) ?? [];
    throw new Error(line === undefined ? "it is not JSON" : `it is not JSON: line ${line}, column ${column}`);
  }
}

function isProfile(value: unknown): value is SeccompProfile {
  return (
    typeof value === "object" &&
    value !== null &&
    "defaultAction" in value &&
    typeof value.defaultAction === "string" &&
    "syscalls" in value &&
    Array.isArray(value.syscalls) &&
    value.syscalls.every(isRule)
  );
}

function isRule(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "names" in value &&
    Array.isArray(value.names) &&
    "action" in value &&
    typeof value.action === "string"
  );
}
