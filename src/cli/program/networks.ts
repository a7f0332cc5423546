/** The commands on networks. */
import type { CommandGroup } from "./group.ts";
import { formatOption, type FormatFlag } from "./options.ts";

export function addNetworks({ program, context, finish }: CommandGroup): void {
  const network = program
    .command("network")
    .description("Look at networks, and remove those that nobody uses.");
  network
    .command("ls")
    .alias("list")
    .description("List the networks, with how many containers are on each.")
    .addOption(formatOption())
    .action((flags: FormatFlag) =>
      finish(import("../commands/network-ls.ts").then(({ networkLs }) => networkLs(flags, context))),
    );
  network
    .command("inspect")
    .description("Show networks: containers, service addresses, and what the kernel's rules do.")
    .argument("<network...>", "their names")
    .addOption(formatOption())
    .action((names: readonly string[], { format }: FormatFlag) =>
      finish(
        import("../commands/network-inspect.ts").then(({ networkInspect }) =>
          networkInspect({ names, format }, context),
        ),
      ),
    );
  network
    .command("prune")
    .description("Remove the networks that nobody is on and whose stack is gone.")
    .option("--dry-run", "say what would go, and do nothing")
    .option("-f, --force", "for Docker's sake: this command never asks")
    .addOption(formatOption())
    .action(({ dryRun, format }: FormatFlag & { readonly dryRun?: true }) =>
      finish(
        import("../commands/network-prune.ts").then(({ networkPrune }) =>
          networkPrune({ dryRun: dryRun === true, format }, context),
        ),
      ),
    );
}
