/** `validate` and `config`: what is wrong with stack files, and what they come to. Neither needs root. */
import { loadDesired, type Loaded } from "../../agent/load.ts";
import { hasErrors } from "../../model/diagnostic.ts";
import { openDirectorySource } from "../../source/directory-source.ts";
import { renderStack } from "../../stack/render.ts";
import { environment } from "../environment.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { diagnosticsText } from "../output/diagnostics.ts";
import type { CommandContext } from "./context.ts";

export interface FilesOptions {
  readonly file: readonly string[];
  readonly format: "table" | "json";
}

export async function validate(options: FilesOptions, { terminal }: CommandContext): Promise<ExitCode> {
  const { desired, diagnostics } = await load(options);
  const names = desired.stacks.map(({ stack }) => stack.name);
  if (options.format === "json") {
    terminal.out(`${JSON.stringify({ formatVersion: 1, stacks: names, diagnostics }, null, 2)}\n`);
  } else {
    terminal.err(diagnosticsText(diagnostics, terminal.paintErr));
    for (const name of names) terminal.out(`${name}: valid\n`);
  }
  return hasErrors(diagnostics) ? exitCode.invalidInput : exitCode.done;
}

export async function config(options: FilesOptions, { terminal }: CommandContext): Promise<ExitCode> {
  const { desired, diagnostics } = await load(options);
  terminal.err(diagnosticsText(diagnostics, terminal.paintErr));
  const stacks = desired.stacks.map(({ stack }) => stack);
  const text =
    options.format === "json"
      ? `${JSON.stringify({ formatVersion: 1, stacks }, null, 2)}\n`
      : stacks.map(renderStack).join("---\n");
  terminal.out(text);
  return hasErrors(diagnostics) ? exitCode.invalidInput : exitCode.done;
}

async function load({ file }: FilesOptions): Promise<Loaded> {
  await using source = openDirectorySource(file.length > 0 ? file : ["."]);
  return await loadDesired(source.id, await source.fetch(), {
    environment: environment(),
    workingDirectory: process.cwd(),
  });
}
