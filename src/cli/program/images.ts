/** The commands on the image store. */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { CommandGroup } from "./group.ts";
import { duration, formatOption, type FormatFlag } from "./options.ts";

export function addImages({ program, context, finish }: CommandGroup): void {
  program
    .command("images")
    .description("List the images in the store, with what uses them.")
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
      finish(import("../commands/pull.ts").then(({ pull }) => pull({ references, format }, context))),
    );
  program
    .command("load")
    .description("Take every image of an OCI image layout, an OCI archive, or a `docker save` archive.")
    .argument("[path]", "the folder or file")
    .option("-i, --input <path>", "the same, as Docker has it")
    .addOption(formatOption())
    .action(
      (given: string | undefined, { input, format }: FormatFlag & { input?: string }, command: Command) => {
        const path = given ?? input ?? command.error("error: name the folder or file to load");
        return finish(import("../commands/pull.ts").then(({ load }) => load({ path, format }, context)));
      },
    );
  program
    .command("tag")
    .description("Give an image a further name.")
    .argument("<image>", "a name, a digest, or the beginning of a digest")
    .argument("<name>", "the new name")
    .action((image: string, name: string) =>
      finish(import("../commands/tag.ts").then(({ tag }) => tag({ image, name }))),
    );
  program
    .command("rmi")
    .description("Remove images, unless a container or a lease uses them.")
    .argument("<image...>", "names, digests, or the beginnings of digests")
    .addOption(formatOption())
    .action((images: readonly string[], { format }: FormatFlag) =>
      finish(import("../commands/rmi.ts").then(({ rmi }) => rmi({ images, format }, context))),
    );
  program
    .command("save")
    .description("Write images to an archive that Tallyman, Docker, Podman and skopeo load.")
    .argument("<image...>", "names, digests, or the beginnings of digests")
    .option("-o, --output <path>", "the file, or with oci-dir the folder, to write; default: stdout")
    .addOption(
      new Option(
        "--format <format>",
        "an archive is for OCI and Docker at once, whichever of its names is used",
      )
        .choices(["archive", "oci-archive", "docker-archive", "oci-dir"])
        .default("archive"),
    )
    .action((images: readonly string[], { output, format }: { output?: string; format: string }) =>
      finish(
        import("../commands/save.ts").then(({ save }) =>
          save({ images, output, kind: format === "oci-dir" ? "folder" : "archive" }, context),
        ),
      ),
    );
  addPrune({ program, context, finish });
  program
    .command("fsck")
    .description(
      "Say what is wrong with the image store: missing and changed blobs, layers, names, leftovers.",
    )
    .option("--repair", "take away what is broken, so that the next pull mends it")
    .option("--deep", "also hash every blob, and unpack every layer again to compare it")
    .addOption(formatOption())
    .action(({ repair, deep, format }: FormatFlag & { repair?: true; deep?: true }) =>
      finish(
        import("../commands/fsck.ts").then(({ fsck }) =>
          fsck({ repair: repair === true, deep: deep === true, format }, context),
        ),
      ),
    );
}

interface PruneFlags extends FormatFlag {
  readonly all?: true;
  readonly dryRun?: true;
  readonly filter?: number;
}

function addPrune({ program, context, finish }: CommandGroup): void {
  program
    .command("image")
    .description("Look after the image store.")
    .command("prune")
    .description("Remove what no name, container or lease needs.")
    .option("-a, --all", "also images that have a name, where no container and no lease uses them")
    .addOption(
      new Option("--filter <filter>", "until=<duration or time>: only what was pulled before").argParser(
        until,
      ),
    )
    .option("--dry-run", "say what would go, and do nothing")
    .option("-f, --force", "for Docker's sake: this command never asks")
    .addOption(formatOption())
    .action(({ all, dryRun, filter, format }: PruneFlags) =>
      finish(
        import("../commands/image-prune.ts").then(({ imagePrune }) =>
          imagePrune({ all: all === true, dryRun: dryRun === true, until: filter, format }, context),
        ),
      ),
    );
}

/** `until=24h`, `until=2026-01-31T12:00:00Z`, or seconds since the epoch, as Docker takes them. */
function until(text: string): number {
  const value = /^until=(.+)$/.exec(text)?.[1];
  if (value === undefined) throw new InvalidArgumentError("It must be until=<duration or time>.");
  if (/^\d{9,}$/.test(value)) return Number(value) * 1000;
  const time = Date.parse(value);
  return /^\d{4}-/.test(value) && !Number.isNaN(time) ? time : Date.now() - duration(value);
}
