/** What a one-off container is: a service's own, with what the command line says over it. Pure. */
import { isAbsolute, resolve } from "node:path";
import type { ContainerSpec, Mount } from "../../model/container-spec.ts";
import { TallymanError } from "../../model/error.ts";
import { splitWords } from "../../stack/split-words.ts";

export interface OneOffChanges {
  /** Empty: the service's own. */
  readonly command: readonly string[];
  /** A line of words; an empty one drops the image's. The service's command goes with its entrypoint. */
  readonly entrypoint?: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly user?: string | undefined;
  readonly workingDir?: string | undefined;
  /** As `-v` of Docker: `source:target[:ro|rw]`, or a target alone. */
  readonly volumes: readonly string[];
  readonly terminal: boolean;
}

/** Its input ends with ours, and hooks are for what serves. Throws BAD_ENTRYPOINT, BAD_VOLUME. */
export function oneOffSpec(
  service: ContainerSpec,
  changes: OneOffChanges,
  { folder }: { readonly folder: string },
): ContainerSpec {
  const given = changes.volumes.map((text) => mountOf(text, folder));
  const own = service.mounts.filter(({ target }) => !given.some((mount) => mount.target === target));
  const ownCommand = changes.entrypoint === undefined ? service.command : undefined;
  const newCommand = changes.command.length > 0 ? changes.command : ownCommand;
  const newEntrypoint = changes.entrypoint === undefined ? service.entrypoint : wordsOf(changes.entrypoint);
  return {
    ...without(service, ["command", "entrypoint", "terminal", "postStart", "preStop"]),
    ...(newCommand !== undefined && { command: newCommand }),
    ...(newEntrypoint !== undefined && { entrypoint: newEntrypoint }),
    environment: { ...service.environment, ...changes.environment },
    ...(changes.user !== undefined && { user: changes.user }),
    ...(changes.workingDir !== undefined && { workingDir: changes.workingDir }),
    mounts: [...own, ...given],
    ...(changes.terminal && { terminal: true }),
    stdin: "once",
  };
}

function without<Key extends keyof ContainerSpec>(
  spec: ContainerSpec,
  keys: readonly Key[],
): Omit<ContainerSpec, Key> {
  const kept = Object.entries(spec).filter(([key]) => !keys.some((each) => each === key));
  return Object.fromEntries(kept) as Omit<ContainerSpec, Key>;
}

function wordsOf(line: string): readonly string[] {
  const split = splitWords(line);
  if (split.kind === "words") return split.words;
  throw new TallymanError("BAD_ENTRYPOINT", `--entrypoint ${JSON.stringify(line)} is not a list of words`, {
    hint: "A line for the shell needs one in front: sh -c.",
  });
}

function mountOf(text: string, folder: string): Mount {
  const [first = "", second, mode = "rw", ...more] = text.split(":");
  const target = second ?? first;
  if (more.length > 0 || !isAbsolute(target) || !["ro", "rw"].includes(mode) || first === "") {
    throw new TallymanError("BAD_VOLUME", `-v ${text} is not SOURCE:TARGET[:ro|rw] or TARGET`, {
      hint: "SOURCE is a path or the name of a volume, TARGET an absolute path in the container.",
    });
  }
  const common = { target, readOnly: mode === "ro" };
  if (second === undefined) return { kind: "volume", ...common, noCopy: false };
  if (!/^[./~]/.test(first)) return { kind: "volume", volume: first, ...common, noCopy: false };
  return { kind: "bind", source: resolve(folder, first), ...common, createSource: true };
}
