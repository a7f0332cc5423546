/** `rmi`: takes images away. Each for itself: what cannot be removed is said, and the others go. */
import { TallymanError } from "../../model/error.ts";
import { openImages } from "../../runtime/open.ts";
import type { ImageRemoval } from "../../runtime/image/types.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { errorText } from "../output/diagnostics.ts";
import { removalJson, removedLines } from "../output/removal.ts";
import { sizeText } from "../output/units.ts";
import type { CommandContext } from "./context.ts";
import { givenImage } from "./given-image.ts";
import type { FormatOptions } from "./images.ts";

export async function rmi(
  { images, format }: FormatOptions & { readonly images: readonly string[] },
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const store = await openImages(directories(process.env));
  const removals: ImageRemoval[] = [];
  let code: ExitCode = exitCode.done;
  for (const image of images.map(givenImage)) {
    try {
      const removal = await store.remove(image);
      removals.push(removal);
      if (format === "table") terminal.out(removedLines(removal));
    } catch (error) {
      if (!(error instanceof TallymanError)) throw error;
      terminal.err(errorText(error, terminal.paintErr));
      code = exitCode.failed;
    }
  }
  const freedBytes = removals.reduce((sum, removal) => sum + removal.freedBytes, 0);
  if (format === "json")
    terminal.out(removalJson({ names: removals.flatMap(({ names }) => names), freedBytes }));
  else if (removals.length > 0) terminal.err(`Freed ${sizeText(freedBytes)}.\n`);
  return code;
}
