/** The commands on the image store. */
import type { CommandGroup } from "./group.ts";
import { formatOption, type FormatFlag } from "./options.ts";

export function addImages({ program, context, finish }: CommandGroup): void {
  program
    .command("images")
    .description("List the images in the store.")
    .addOption(formatOption())
    .action((flags: FormatFlag) =>
      finish(import("../commands/images.ts").then(({ images }) => images(flags, context))),
    );
  program
    .command("pull")
    .description("Fetch images from their registries, or take them from a layout or archive.")
    .argument("<image...>", "references, or paths")
    .addOption(formatOption())
    .action((references: readonly string[], { format }: FormatFlag) =>
      finish(import("../commands/images.ts").then(({ pull }) => pull({ references, format }, context))),
    );
  program
    .command("load")
    .description("Take every image of an OCI image layout, an OCI archive, or a `docker save` archive.")
    .argument("<path>", "the folder or file")
    .addOption(formatOption())
    .action((path: string, { format }: FormatFlag) =>
      finish(import("../commands/images.ts").then(({ load }) => load({ path, format }, context))),
    );
}
