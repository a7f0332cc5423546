/** What the process is: arguments, environment, folder, from the spec over the image. */
import { posix } from "node:path";
import type { ContainerSpec } from "../../../model/container-spec.ts";
import { TallymanError } from "../../../model/error.ts";
import type { ImageConfig } from "../../image/types.ts";

/** An entrypoint of ours drops the image's command, too; a command of ours replaces the image's. */
export function argumentsOf(spec: ContainerSpec, image: ImageConfig): readonly string[] {
  const entrypoint = spec.entrypoint ?? image.entrypoint;
  const command = spec.command ?? (spec.entrypoint === undefined ? image.cmd : []);
  const args = [...entrypoint, ...command];
  if (args.length > 0) return spec.init ? [initPath, "--", ...args] : args;
  throw new TallymanError("NO_COMMAND", `${spec.image} has no command, and none was given`, {
    hint: "Give `command` or `entrypoint`.",
  });
}

/** Where the init is mounted. */
export const initPath = "/sbin/docker-init";

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Sorted `NAME=value`: ours, under the image's, under the user's, under what devices need. */
export function environmentOf(
  spec: ContainerSpec,
  image: ImageConfig,
  own: { readonly hostname: string; readonly home: string; readonly devices?: readonly string[] },
): readonly string[] {
  const variables = new Map([
    ["PATH", defaultPath],
    ["HOSTNAME", own.hostname],
    ["HOME", own.home],
    ...(spec.terminal === true ? [["TERM", "xterm"] as const] : []),
    ...image.env.map(splitVariable).filter(([name]) => name !== ""),
    ...Object.entries(spec.environment),
    ...(own.devices ?? []).map(splitVariable),
  ]);
  for (const [name, value] of variables) assertVariable(name, value);
  return [...variables.keys()].sort().map((name) => `${name}=${variables.get(name) ?? ""}`);
}

function splitVariable(entry: string): readonly [name: string, value: string] {
  const [name = ""] = entry.split("=", 1);
  return [name, entry.slice(name.length + 1)];
}

/** The runtime would refuse it as well, and print its value, which may be a secret. */
function assertVariable(name: string, value: string): void {
  if (name !== "" && !/[\0=]/.test(name) && !value.includes("\0")) return;
  throw new TallymanError("BAD_ENVIRONMENT", `environment variable ${JSON.stringify(name)} cannot be set`, {
    hint: "Its name must not be empty or hold a `=`, and neither name nor value may hold a NUL.",
  });
}

/** Absolute. A folder below /proc could be a way out of the container (CVE-2024-21626): {@link workingDirIn}. */
export function workingDirOf(spec: ContainerSpec, image: ImageConfig): string {
  return workingDirIn(spec.workingDir ?? (image.workingDir === "" ? "/" : image.workingDir));
}

/** The folder itself; throws BAD_WORKING_DIR for one that must not be. */
export function workingDirIn(folder: string): string {
  if (folder.startsWith("/") && !/^\/proc(\/|$)/.test(posix.normalize(folder))) return folder;
  throw new TallymanError("BAD_WORKING_DIR", `${JSON.stringify(folder)} cannot be the working directory`, {
    hint: "Give an absolute path outside /proc.",
  });
}
