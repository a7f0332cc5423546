/** What the host was like before it passed packets on for us, where we switched that on: it goes with a reboot, as that does. */
import { readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "../../model/error.ts";
import { isJsonObject, type JsonValue } from "../../model/json.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { RuntimePaths } from "../types.ts";

export interface ForwardingRecord {
  /** Of the host, without bridges of ours. */
  readonly links: readonly string[];
  /** Those whose packets it passed on already, by a setting of the link; `default` is for links to come. */
  readonly routers: readonly string[];
  /** Those that are bridges. */
  readonly bridges: readonly string[];
  /** The kernel forgets with each switch whether the host takes advice of routers (`conf.all.accept_redirects`). */
  readonly acceptsRedirects: boolean;
}

type Paths = Pick<RuntimePaths, "runDir">;

/** Undefined where forwarding was on before us, or nobody knows. */
export function readForwardingRecord(paths: Paths): ForwardingRecord | undefined {
  try {
    return parseForwardingRecord(readFileSync(pathOf(paths), "utf8"));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Undefined where it is damaged: then nothing of it is undone, and nobody hindered. */
export function parseForwardingRecord(text: string): ForwardingRecord | undefined {
  const value = parseJson(text);
  if (!isJsonObject(value)) return undefined;
  const { links, routers, bridges, acceptsRedirects } = value;
  if (!isListOfText(links) || !isListOfText(routers) || !isListOfText(bridges)) return undefined;
  return { links, routers, bridges, acceptsRedirects: acceptsRedirects === true };
}

export async function writeForwardingRecord(paths: Paths, record: ForwardingRecord): Promise<void> {
  const path = pathOf(paths);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFileAtomic(path, `${JSON.stringify({ formatVersion: 1, ...record })}\n`);
}

export async function removeForwardingRecord(paths: Paths): Promise<void> {
  await rm(pathOf(paths), { force: true });
}

function pathOf({ runDir }: Paths): string {
  return join(runDir, "network", "forwarding.json");
}

function isListOfText(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
