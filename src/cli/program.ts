/** The commands and their options. Each command's code is loaded only when it is called. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../stack/duration.ts";
import type { CommandContext } from "./commands/context.ts";
import type { ExitCode } from "./exit-code.ts";
import { exitCode } from "./exit-code.ts";
import { requireRoot } from "./require-root.ts";

/** The command line was not understood; the message has been shown as commander words it. */
export class UsageError extends Error {}

type Format = "table" | "json";
interface FormatFlag {
  readonly format: Format;
}
interface FilesFlag extends FormatFlag {
  readonly file: readonly string[];
}

export function buildProgram(context: CommandContext): (argv: readonly string[]) => Promise<ExitCode> {
  let result: ExitCode = exitCode.done;
  const program = new Command("tallyman")
    .description("Holds stack files against the containers that run, shows the difference, and closes it.")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .hook("preAction", (_, command) => requireRoot(command.name(), process.geteuid?.()));
  const finish = (running: Promise<ExitCode>): Promise<void> => running.then((code) => void (result = code));

  addReconcile(program, context, finish);
  addReaders(program, context, finish);
  addImages(program, context, finish);
  return async (argv) => {
    try {
      await program.parseAsync(argv, { from: "user" });
      return result;
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode === 0) return exitCode.done;
      throw new UsageError("", { cause: error });
    }
  };
}

type Finish = (running: Promise<ExitCode>) => Promise<void>;

interface ReconcileFlags extends FilesFlag {
  readonly git?: string;
  readonly ref?: string;
  readonly path?: string;
  readonly interval: number;
  readonly dryRun?: true;
  readonly detailedExitcode?: true;
  readonly watch?: true;
  readonly wait?: true;
  readonly waitTimeout: number;
}

function addReconcile(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command("reconcile")
    .alias("up")
    .alias("sync")
    .description("Show the difference between the stack files and what runs, and close it.")
    .addOption(fileOption())
    .option("--git <url>", "take the stack files from a Git repository")
    .option("--ref <ref>", "branch, tag or commit of the repository (default: its HEAD)")
    .option("--path <dir>", "folder in the repository")
    .option("--interval <duration>", "how often the repository is asked, with --watch", duration, 30_000)
    .option("--dry-run", "print the plan and do nothing")
    .option("--detailed-exitcode", "with --dry-run: 0 nothing to do, 1 an error, 2 changes")
    .option("-w, --watch", "stay, and do it again whenever the stack files change")
    .option("--wait", "return only when every replica is up or has ended for good")
    .option("--wait-timeout <duration>", "give up after this long", duration, 600_000)
    .addOption(formatOption())
    .action((flags: ReconcileFlags) =>
      finish(
        import("./commands/reconcile.ts").then(({ reconcile }) => {
          const { dryRun, detailedExitcode, watch, wait, waitTimeout, interval, ...rest } = flags;
          const modes = { dryRun: dryRun === true, detailedExitcode: detailedExitcode === true };
          const times = { waitTimeoutMs: waitTimeout, intervalMs: interval };
          return reconcile(
            { ...rest, ...modes, ...times, watch: watch === true, wait: wait === true },
            context,
          );
        }),
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
        import("./commands/down.ts").then(({ down }) => down({ stacks, all: all === true }, context)),
      );
    });
}

function addReaders(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command("ps")
    .description("List the containers.")
    .argument("[stack]", "only those of this stack")
    .addOption(formatOption())
    .action((stack: string | undefined, { format }: FormatFlag) =>
      finish(import("./commands/ps.ts").then(({ ps }) => ps({ stack, format }, context))),
    );
  program
    .command("logs")
    .description("Show what containers wrote.")
    .argument("[name...]", "a stack, a service (stack/service), a container, or the beginning of an id")
    .option("-f, --follow", "stay and show what is written from now on")
    .option("-n, --tail <lines>", "only the last so many lines of each", wholeNumber)
    .addOption(formatOption())
    .action((names: readonly string[], flags: FormatFlag & { follow?: true; tail?: number }) =>
      finish(
        import("./commands/logs.ts").then(({ logs }) =>
          logs({ names, follow: flags.follow === true, tail: flags.tail, format: flags.format }, context),
        ),
      ),
    );
  program
    .command("validate")
    .description("Say everything that is wrong with the stack files.")
    .addOption(fileOption())
    .addOption(formatOption())
    .action((flags: FilesFlag) =>
      finish(import("./commands/validate.ts").then(({ validate }) => validate(flags, context))),
    );
  program
    .command("config")
    .description("Print the stack files as they are understood.")
    .addOption(fileOption())
    .addOption(formatOption())
    .action((flags: FilesFlag) =>
      finish(import("./commands/validate.ts").then(({ config }) => config(flags, context))),
    );
  program
    .command("doctor")
    .description("Say what this host has and lacks, and what to do about it.")
    .addOption(formatOption())
    .action((flags: FormatFlag) =>
      finish(import("./commands/doctor.ts").then(({ doctor }) => doctor(flags, context))),
    );
  program
    .command("version")
    .description("Print the version.")
    .addOption(formatOption())
    .action((flags: FormatFlag) =>
      finish(import("./commands/version.ts").then(({ version }) => version(flags, context))),
    );
}

function addImages(program: Command, context: CommandContext, finish: Finish): void {
  program
    .command("images")
    .description("List the images in the store.")
    .addOption(formatOption())
    .action((flags: FormatFlag) =>
      finish(import("./commands/images.ts").then(({ images }) => images(flags, context))),
    );
  program
    .command("pull")
    .description("Fetch images from their registries, or take them from a layout or archive.")
    .argument("<image...>", "references, or paths")
    .addOption(formatOption())
    .action((references: readonly string[], { format }: FormatFlag) =>
      finish(import("./commands/images.ts").then(({ pull }) => pull({ references, format }, context))),
    );
  program
    .command("load")
    .description("Take every image of an OCI image layout, an OCI archive, or a `docker save` archive.")
    .argument("<path>", "the folder or file")
    .addOption(formatOption())
    .action((path: string, { format }: FormatFlag) =>
      finish(import("./commands/images.ts").then(({ load }) => load({ path, format }, context))),
    );
}

function fileOption(): Option {
  return new Option(
    "-f, --file <path>",
    "a stack file, or a folder with one or with one in each folder of it; repeatable",
  )
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([], "this folder");
}

function formatOption(): Option {
  return new Option("--format <format>", "how to print").choices(["table", "json"]).default("table");
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}

/** As in stack files, or a bare number of seconds; milliseconds. */
function duration(text: string): number {
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError("It must be a duration such as 90s or 5m.");
  return ms;
}
