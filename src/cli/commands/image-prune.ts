/** `image prune`: takes away the images that nobody needs. Never asks. */
import { openImages } from "../../runtime/open.ts";
import { openReader } from "../../runtime/open-reader.ts";
import type { PruneOptions } from "../../runtime/image/types.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { removalJson, removedLines } from "../output/removal.ts";
import { countText, sizeText } from "../output/units.ts";
import type { CommandContext } from "./context.ts";
import type { FormatOptions } from "./images.ts";

export interface ImagePruneOptions extends FormatOptions {
  readonly all: boolean;
  readonly dryRun: boolean;
  /** Milliseconds since the epoch. */
  readonly until?: number | undefined;
}

export async function imagePrune(
  { all, dryRun, until, format }: ImagePruneOptions,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const options: PruneOptions = { all, ...(until !== undefined && { before: until }) };
  const paths = directories(process.env);
  const result = dryRun
    ? await openReader(paths).images.prunable(options)
    : await (await openImages(paths)).prune(options);
  terminal.out(format === "json" ? removalJson(result) : removedLines(result));
  if (format === "table") {
    const { blobs, layers, freedBytes } = result;
    terminal.err(
      `${dryRun ? "Would free" : "Freed"} ${sizeText(freedBytes)}: ${countText(blobs, "blob")}, ${countText(layers, "layer")}.\n`,
    );
  }
  return exitCode.done;
}
