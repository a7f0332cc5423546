/** `images`: what is in the image store, and who uses it. Takes no lock. */
import { openReader } from "../../runtime/open-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { imagesJson, imagesTable } from "../output/images.ts";
import type { CommandContext } from "./context.ts";

export interface FormatOptions {
  readonly format: "table" | "json";
}

export async function images({ format }: FormatOptions, { terminal }: CommandContext): Promise<ExitCode> {
  const list = await openReader(directories(process.env)).images.list();
  terminal.out(format === "json" ? imagesJson(list) : imagesTable(list, Date.now()));
  return exitCode.done;
}
