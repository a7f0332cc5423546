/** The commands that look into containers: what they use, which processes they have, where they are reached. */
import { Option } from "commander";
import type { CommandGroup } from "./group.ts";
import { containerPort, formatOption, wholeNumber, type ContainerPort, type FormatFlag } from "./options.ts";

const names = "a stack, a service (stack/service), a container, or the beginning of an id";

export function addObservers({ program, context, finish }: CommandGroup): void {
  program
    .command("stats")
    .description("Show what running containers use of processors, memory, network and disks.")
    .argument("[name...]", names)
    .option("--no-stream", "once, instead of every second")
    .addOption(formatOption())
    .action((names: readonly string[], flags: FormatFlag & { stream: boolean }) =>
      finish(import("../commands/stats.ts").then(({ stats }) => stats({ ...flags, names }, context))),
    );
  program
    .command("top")
    .description("Show the processes of containers.")
    .argument("[name...]", names)
    .addOption(formatOption())
    .action((names: readonly string[], flags: FormatFlag) =>
      finish(import("../commands/top.ts").then(({ top }) => top({ ...flags, names }, context))),
    );
  program
    .command("why")
    .description(
      "Tell why containers are as they are: the commit, the line, the image, and what happened since.",
    )
    .argument("<name...>", names)
    .addOption(formatOption())
    .action((names: readonly string[], flags: FormatFlag) =>
      finish(import("../commands/why.ts").then(({ why }) => why({ ...flags, names }, context))),
    );
  program
    .command("inspect")
    .description("Print everything there is to know of containers, as JSON.")
    .argument("<name...>", names)
    .addOption(new Option("--format <format>", "how to print").choices(["json"]).default("json"))
    .action((names: readonly string[]) =>
      finish(import("../commands/inspect.ts").then(({ inspect }) => inspect({ names }, context))),
    );
  program
    .command("port")
    .description("Print where the ports of a service are reached on this host.")
    .argument("<name>", "a service (stack/service), a container, or the beginning of an id")
    .argument("[port]", "only of this port in the container: 80, 53/udp", containerPort)
    .addOption(new Option("--index <slot>", "only of that replica (default: of all)").argParser(wholeNumber))
    .addOption(formatOption())
    .action(
      (name: string, port: ContainerPort | undefined, flags: FormatFlag & { readonly index?: number }) =>
        finish(
          import("../commands/port.ts").then((command) => command.port({ ...flags, name, port }, context)),
        ),
    );
}
