/** The commands that change what runs: `reconcile`, `apply` and `down`. */
import { Option, type Command } from "commander";
import type { CommandGroup } from "./group.ts";
import type { PlanFormat } from "../commands/reconcile-options.ts";
import { duration, fileOption, formatOption, type FilesFlag, type FormatFlag } from "./options.ts";

interface ReconcileFlags extends Pick<FilesFlag, "file"> {
  readonly format: PlanFormat;
  readonly out?: string;
  readonly git?: string;
  readonly ref?: string;
  readonly path?: string;
  readonly interval?: number;
  readonly dryRun?: true;
  readonly detailedExitcode?: true;
  readonly watch?: true;
  readonly wait?: true;
  readonly waitTimeout?: number;
  readonly retry?: true;
}

interface ScaleFlags {
  readonly for?: number;
  readonly reset?: true;
}

interface ApplyFlags extends FormatFlag {
  readonly wait?: true;
  readonly waitTimeout?: number;
}

export function addStacks({ program, context, finish }: CommandGroup): void {
  program
    .command("reconcile")
    .alias("up")
    .alias("sync")
    .description("Show the difference between the stack files and what runs, and close it.")
    .addOption(fileOption())
    .option("--git <url>", "take the stack files from a Git repository")
    .option("--ref <ref>", "branch, tag or commit of the repository (default: its HEAD)")
    .option("--path <dir>", "folder in the repository")
    .option(
      "--interval <duration>",
      "how often the repository is asked, with --watch (default: 30s)",
      duration,
    )
    .option("--dry-run", "print the plan and do nothing")
    .option("--detailed-exitcode", "with --dry-run: 0 nothing to do, 1 an error, 2 changes")
    .addOption(
      new Option("-w, --watch", "stay, and do it again whenever the stack files change").conflicts("dryRun"),
    )
    .option("--wait", "return only when every replica is up or has ended for good")
    .option("--wait-timeout <duration>", "give up after this long (default: 10m)", duration)
    .option("--retry", "try a revision again that was rolled back")
    .addOption(formatOption("table", "json", "markdown"))
    .option("--out <file>", "with --dry-run: save the plan, for apply")
    .action((flags: ReconcileFlags, command: Command) => {
      if (flags.dryRun !== true && (flags.out !== undefined || flags.format === "markdown"))
        command.error("error: --out and --format markdown are of a plan: say --dry-run");
      if (flags.git === undefined && (flags.ref ?? flags.path) !== undefined)
        command.error("error: --ref and --path are of a repository: name it with --git");
      return finish(
        import("../commands/reconcile.ts").then(({ reconcile }) => {
          const {
            dryRun,
            detailedExitcode,
            watch,
            wait,
            retry,
            waitTimeout = 600_000,
            interval = 30_000,
            ...rest
          } = flags;
          const modes = { dryRun: dryRun === true, detailedExitcode: detailedExitcode === true };
          const times = { waitTimeoutMs: waitTimeout, intervalMs: interval };
          const ways = { watch: watch === true, wait: wait === true, retry: retry === true };
          return reconcile({ ...rest, ...modes, ...times, ...ways }, context);
        }),
      );
    });
  program
    .command("apply")
    .description(
      "Carry out a plan that was saved with reconcile --dry-run --out, or nothing where the world has moved.",
    )
    .argument("<file>", "the saved plan")
    .option("--wait", "return only when every replica is up or has ended for good")
    .option("--wait-timeout <duration>", "give up after this long (default: 10m)", duration)
    .addOption(formatOption())
    .action((file: string, { wait, waitTimeout = 600_000, format }: ApplyFlags) =>
      finish(
        import("../commands/apply.ts").then(({ apply }) =>
          apply({ file, wait: wait === true, waitTimeoutMs: waitTimeout, format }, context),
        ),
      ),
    );
  program
    .command("scale")
    .description("Have another number of replicas than the files say, until they change.")
    .argument("<service=replicas...>", "services (stack/service), each with how many; with --reset without")
    .option("--for <duration>", "only for so long, such as 2h", duration)
    .addOption(new Option("--reset", "as the files say, again").conflicts("for"))
    .action((args: readonly string[], flags: ScaleFlags) =>
      finish(
        import("../commands/scale.ts").then(({ scale }) =>
          scale({ args, forMs: flags.for, reset: flags.reset === true }, context),
        ),
      ),
    );
  program
    .command("down")
    .description("Stop and remove the containers of stacks. Volumes and images stay.")
    .argument("[stack...]", "names of stacks")
    .option("--all", "all stacks")
    .action((stacks: readonly string[], { all }: { all?: true }, command: Command) => {
      if (stacks.length === 0 && all !== true)
        command.error("error: name the stacks to take away, or say --all");
      return finish(
        import("../commands/down.ts").then(({ down }) => down({ stacks, all: all === true }, context)),
      );
    });
  program
    .command("on-exit", { hidden: true })
    .description("Look after containers that exited while nobody did. Called by their monitors.")
    .action(() => finish(import("../commands/on-exit.ts").then(({ onExit }) => onExit(context))));
}
