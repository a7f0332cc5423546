/** The commands that only look: at containers, at stack files, at the host. */
import { Option } from "commander";
import type { CommandGroup } from "./group.ts";
import {
  fileOption,
  formatOption,
  pointInTime,
  wholeNumber,
  type FilesFlag,
  type FormatFlag,
} from "./options.ts";

interface EventsFlags extends FormatFlag {
  readonly follow?: true;
  readonly since?: number;
  readonly until?: number;
  readonly filter: readonly string[];
}

interface LogsFlags extends FormatFlag {
  readonly follow?: true;
  readonly tail?: number;
  readonly since?: number;
  readonly until?: number;
  readonly previous?: true;
  readonly failed?: true;
  readonly timestamps?: true;
  readonly color: boolean;
}

export function addReaders({ program, context, finish }: CommandGroup): void {
  program
    .command("ps")
    .description("List the containers.")
    .argument("[name...]", "a stack, a service (stack/service), a container, or the beginning of an id")
    .option("-a, --all", "also those that have ended, which is so in any case")
    .option("-q, --quiet", "only their ids")
    .addOption(formatOption())
    .action((names: readonly string[], { format, quiet }: FormatFlag & { readonly quiet?: true }) =>
      finish(import("../commands/ps.ts").then(({ ps }) => ps({ names, format, quiet }, context))),
    );
  program
    .command("logs")
    .description("Show what containers wrote.")
    .argument("[name...]", "a stack, a service (stack/service), a container, or the beginning of an id")
    .option("-f, --follow", "stay and show what is written from now on")
    .option("-n, --tail <lines>", "only the last so many lines of each, or all (default: all)", lineCount)
    .option("--since <time>", "only lines from then on: 10m (ago), or 2026-01-31T09:00:00Z", pointInTime)
    .option("--until <time>", "only lines before then", pointInTime)
    .option("-p, --previous", "only what the run before the last restart wrote")
    .option("--failed", "what containers of a revision that failed had written, which are gone")
    .option("-t, --timestamps", "with the time of each line")
    .option("--no-color", "without colours")
    .addOption(formatOption())
    .action((names: readonly string[], { follow, previous, failed, timestamps, color, ...rest }: LogsFlags) =>
      finish(
        import("../commands/logs.ts").then(({ logs }) => {
          const given = {
            follow: follow === true,
            previous: previous === true,
            failed: failed === true,
            withTimes: timestamps === true,
          };
          return logs({ names, ...rest, ...given, inColor: color }, context);
        }),
      ),
    );
  program
    .command("events")
    .description("Show what happened to containers and images.")
    .argument("[name...]", "a stack, a service (stack/service), a container, or the beginning of an id")
    .option("-f, --follow", "stay and show what happens from now on")
    .option("--since <time>", "not what happened before: a time, or how long ago (10m)", pointInTime)
    .option("--until <time>", "not what happened after", pointInTime)
    .addOption(
      new Option("--filter <key=value>", "event=die, image=nginx; repeatable")
        .argParser((value: string, before: readonly string[]) => [...before, value])
        .default([], "none"),
    )
    .addOption(formatOption())
    .action((names: readonly string[], flags: EventsFlags) =>
      finish(
        import("../commands/events.ts").then(({ events }) => {
          return events({ ...flags, names, follow: flags.follow === true }, context);
        }),
      ),
    );
  program
    .command("validate")
    .description("Say everything that is wrong with the stack files.")
    .addOption(fileOption())
    .addOption(formatOption())
    .action((flags: FilesFlag) =>
      finish(import("../commands/validate.ts").then(({ validate }) => validate(flags, context))),
    );
  program
    .command("config")
    .description("Print the stack files as they are understood.")
    .addOption(fileOption())
    .addOption(formatOption())
    .action((flags: FilesFlag) =>
      finish(import("../commands/validate.ts").then(({ config }) => config(flags, context))),
    );
  program
    .command("doctor")
    .description("Say what this host has and lacks, and what to do about it.")
    .addOption(formatOption())
    .action((flags: FormatFlag) =>
      finish(import("../commands/doctor.ts").then(({ doctor }) => doctor(flags, context))),
    );
  program
    .command("version")
    .description("Print the version.")
    .addOption(formatOption())
    .action((flags: FormatFlag) =>
      finish(import("../commands/version.ts").then(({ version }) => version(flags, context))),
    );
}

/** Undefined for `all`, as Docker has it. */
function lineCount(text: string): number | undefined {
  return text === "all" ? undefined : wholeNumber(text);
}
