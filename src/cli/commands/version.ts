/** `version`: of this program and of what it stands on. */
import { readFile } from "node:fs/promises";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { CommandContext } from "./context.ts";
import type { FormatOptions } from "./images.ts";

export async function version({ format }: FormatOptions, { terminal }: CommandContext): Promise<ExitCode> {
  const tallyman = await ownVersion();
  const node = process.versions.node;
  terminal.out(
    format === "json"
      ? `${JSON.stringify({ formatVersion: 1, tallyman, node }, null, 2)}\n`
      : `tallyman ${tallyman} (Node ${node})\n`,
  );
  return exitCode.done;
}

export async function ownVersion(): Promise<string> {
  const text = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
  const document: unknown = JSON.parse(text);
  const isVersioned = typeof document === "object" && document !== null && "version" in document;
  return isVersioned && typeof document.version === "string" ? document.version : "unknown";
}
