/** Fills in the environment of services: what env_file names, then `environment`, then what is taken from outside. */
import type { Place } from "../model/diagnostic.ts";
import { parseDotenv, type Variable } from "./dotenv.ts";
import type { Findings } from "../document/findings.ts";
import {
  child,
  type Entry,
  mapEntries,
  mapping,
  type MappingNode,
  type Node,
  pathTo,
  scalar,
} from "../document/node.ts";
import type { ReadText } from "../document/read-text.ts";
import type { Lookup } from "./substitute.ts";

export interface EnvFile {
  /** As the stack file has it. */
  readonly path: string;
  readonly required: boolean;
  readonly raw: boolean;
  readonly place: Place;
}

/** The env files of all services of a canonical tree, to be read before {@link resolveEnvironment}. */
export function envFilesOf(root: MappingNode): readonly EnvFile[] {
  const services = child(root, "services");
  if (services?.kind !== "mapping") return [];
  return [...services.entries.values()].flatMap(({ value }) => envFilesOfService(value));
}

export interface EnvironmentOptions {
  /** What each env file's path in the stack file leads to. */
  readonly read: (path: string) => { readonly file: string; readonly text: ReadText };
  readonly lookup: Lookup;
  readonly findings: Findings;
}

/** Every service's `environment` whole, without null values, and no `env_file` any more. */
export function resolveEnvironment(root: MappingNode, options: EnvironmentOptions): MappingNode {
  return mapEntries(root, (value, key) => {
    if (key !== "services" || value.kind !== "mapping") return value;
    return mapEntries(value, (service, name) =>
      service.kind === "mapping"
        ? resolveService(service, { ...options, path: `services.${name}` })
        : service,
    );
  });
}

function resolveService(service: MappingNode, options: EnvironmentOptions & { path: string }): MappingNode {
  const merged = new Map<string, Entry>();
  for (const file of envFilesOfService(service)) {
    for (const [name, variable] of variablesOf(file, options)) {
      const value = variable.value ?? options.lookup(name);
      if (value === undefined) merged.delete(name);
      else merged.set(name, { keyPlace: variable.place, value: scalar(value, variable.place) });
    }
  }
  const own = child(service, "environment");
  for (const [name, entry] of own?.kind === "mapping" ? own.entries : []) {
    const written = entry.value.kind === "scalar" ? entry.value.value : null;
    const value = written ?? options.lookup(name);
    if (value === undefined) merged.delete(name);
    else merged.set(name, { keyPlace: entry.keyPlace, value: scalar(value, entry.value.place) });
  }
  const rest = [...service.entries].filter(([key]) => key !== "env_file" && key !== "environment");
  if (merged.size === 0) return mapping(rest, service.place);
  const keyPlace = service.entries.get("environment")?.keyPlace ?? service.entries.get("env_file")?.keyPlace;
  const place = keyPlace ?? service.place;
  return mapping(
    [...rest, ["environment", { keyPlace: place, value: mapping(merged, place) }]],
    service.place,
  );
}

function variablesOf(
  envFile: EnvFile,
  { read, lookup, findings, path }: EnvironmentOptions & { path: string },
): Iterable<readonly [string, Variable]> {
  const { file, text } = read(envFile.path);
  if (text.kind === "text") return parseDotenv(text.text, { file, lookup, raw: envFile.raw, findings });
  if (text.kind === "missing" && !envFile.required) return [];
  findings.error({
    code: text.kind === "missing" ? "missing-file" : "unreadable-file",
    message: `the env_file ${file} ${text.kind === "missing" ? "does not exist" : text.why}`,
    hint: "Give the path relative to the stack's folder, or set required: false.",
    place: envFile.place,
    path: pathTo(path, "env_file"),
  });
  return [];
}

function envFilesOfService(service: Node): readonly EnvFile[] {
  const files = child(service, "env_file");
  if (files?.kind !== "list") return [];
  return files.items.flatMap((item) => {
    const path = child(item, "path");
    const required = child(item, "required");
    const format = child(item, "format");
    if (path?.kind !== "scalar") return [];
    return {
      path: String(path.value),
      required: required?.kind !== "scalar" || required.value !== false,
      raw: format?.kind === "scalar" && format.value === "raw",
      place: item.place,
    };
  });
}
