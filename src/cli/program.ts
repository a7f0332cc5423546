/** The commands and their options. Each command's code is loaded only when it is called. */
import { Command, CommanderError } from "commander";
import type { CommandContext } from "./commands/context.ts";
import type { ExitCode } from "./exit-code.ts";
import { exitCode } from "./exit-code.ts";
import { addContainers } from "./program/containers.ts";
import { addHolds } from "./program/holds.ts";
import { addImages } from "./program/images.ts";
import { addNetworks } from "./program/networks.ts";
import { addObservers } from "./program/observers.ts";
import { addRegistries } from "./program/registries.ts";
import { addReaders } from "./program/readers.ts";
import { addStacks } from "./program/stacks.ts";
import { usageErrorText } from "./output/usage-error.ts";
import { requireRoot } from "./require-root.ts";

/** As the help shows them. */
const sections = {
  "To change what runs:": [addStacks, addHolds],
  "To look:": [addReaders, addObservers],
  "In and on one container:": [addContainers],
  "Images and registries:": [addImages, addRegistries],
  "Networks:": [addNetworks],
} as const;

/** The command line was not understood; what is wrong with it has been shown. */
export class UsageError extends Error {}

export function buildProgram(context: CommandContext): (argv: readonly string[]) => Promise<ExitCode> {
  let result: ExitCode = exitCode.done;
  let asked = "tallyman";
  const program = new Command("tallyman")
    .enablePositionalOptions()
    .description("Holds stack files against the containers that run, shows the difference, and closes it.")
    .exitOverride()
    .configureOutput({ outputError: (words, write) => write(usageErrorText(words, asked)) })
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "Print the help of a command.")
    .option("--version", "print the version, as `tallyman version`")
    .showSuggestionAfterError()
    .hook("preAction", (_, command) => requireRoot(command.name(), process.geteuid?.()));
  const finish = (running: Promise<ExitCode>): Promise<void> => running.then((code) => void (result = code));
  for (const [title, groups] of Object.entries(sections)) {
    program.commandsGroup(title);
    for (const addCommands of groups) addCommands({ program, context, finish });
  }
  return async (argv) => {
    try {
      const [first, ...rest] = argv;
      const called = program.commands.find((each) => [each.name(), ...each.aliases()].includes(first ?? ""));
      if (called) asked = `tallyman ${called.name()}`;
      await program.parseAsync(first === "--version" ? ["version", ...rest] : argv, { from: "user" });
      return result;
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode === 0) return exitCode.done;
      throw new UsageError("", { cause: error });
    }
  };
}
