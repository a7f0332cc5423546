/** The commands that overrule what the files say, for a while: beside whoever reconciles, or for the next run. */
import { Option, type Command } from "commander";
import type { CommandGroup } from "./group.ts";
import { duration, formatOption, futureTime, type FormatFlag } from "./options.ts";

interface SuspendFlags {
  readonly reason?: string;
  readonly for?: number;
  readonly until?: number;
}

export function addHolds({ program, context, finish }: CommandGroup): void {
  program
    .command("suspend")
    .description("Have nothing of a stack changed, until `resume`. What crashes is still restarted.")
    .argument("<stack>", "its name")
    .option("--reason <text>", "why, for those who meet it")
    .addOption(
      new Option("--for <duration>", "only for so long, such as 2h").argParser(duration).conflicts("until"),
    )
    .option("--until <time>", "only until then: 2026-01-31T12:00:00Z", futureTime)
    .action((stack: string, { reason, for: forMs, until }: SuspendFlags) =>
      finish(
        import("../commands/hold.ts").then(({ hold }) => {
          const end = forMs === undefined ? until : Date.now() + forMs;
          return hold({ kind: "suspend", stack, reason, until: end }, context);
        }),
      ),
    );
  program
    .command("resume")
    .description("Have a suspended stack changed again as its files say.")
    .argument("<stack>", "its name")
    .action((stack: string) =>
      finish(
        import("../commands/hold.ts").then(({ release }) => release({ kind: "suspend", stack }, context)),
      ),
    );
  addStops({ program, context, finish });
  addRollback(program.command("rollback"), { context, finish });
  addRollout({ program, context, finish });
}

const namesHelp = "stacks, or services (stack/service)";

function addStops({ program, context, finish }: CommandGroup): void {
  program
    .command("stop")
    .description("Drain and stop stacks or services, until `start`. Containers, volumes and images stay.")
    .argument("<name...>", namesHelp)
    .option("--reason <text>", "why, for those who meet it")
    .action((names: readonly string[], { reason }: Pick<SuspendFlags, "reason">) =>
      finish(import("../commands/stop.ts").then(({ stop }) => stop({ names, reason }, context))),
    );
  program
    .command("start")
    .description("Have stacks or services run again that were stopped.")
    .argument("<name...>", namesHelp)
    .action((names: readonly string[]) =>
      finish(import("../commands/stop.ts").then(({ start }) => start({ names }, context))),
    );
  addRestart(program, { context, finish });
}

/** The same under two names. */
function addRollback(command: Command, { context, finish }: Omit<CommandGroup, "program">): void {
  command
    .description("Bring a stack back to the last good revision, or another one, until its files change.")
    .argument("<stack>", "its name")
    .option("--to <revision>", "the beginning of a revision or commit that `rollout history` shows as kept")
    .option("--reason <text>", "why, for those who meet it")
    .action((stack: string, { to, reason }: Pick<SuspendFlags, "reason"> & { readonly to?: string }) =>
      finish(
        import("../commands/rollback.ts").then(({ rollback }) => rollback({ stack, to, reason }, context)),
      ),
    );
}

/** The same under two names. */
function addRestart(parent: Command, { context, finish }: Omit<CommandGroup, "program">): void {
  parent
    .command("restart")
    .description("Replace the containers of stacks or services by new ones, as an update does.")
    .argument("<name...>", namesHelp)
    .action((names: readonly string[]) =>
      finish(import("../commands/stop.ts").then(({ restart }) => restart({ names }, context))),
    );
}

function addRollout({ program, context, finish }: CommandGroup): void {
  const rollout = program.command("rollout").description("Look at the rollout of a stack, and steer it.");
  addRestart(rollout, { context, finish });
  addRollback(rollout.command("undo"), { context, finish });
  rollout
    .command("promote")
    .description("Let an update go on that waits after its first replicas.")
    .argument("<name>", "a stack, or a service (stack/service)")
    .action((name: string) =>
      finish(import("../commands/promote.ts").then(({ promote }) => promote({ name }, context))),
    );
  rollout
    .command("status")
    .description(
      "Say how far a stack has come: 0 it stands, 4 it is under way, 1 it is held, 5 it went back.",
    )
    .argument("<stack>", "its name")
    .option("-w, --watch", "stay and say what changes, until it is over")
    .addOption(formatOption())
    .action((stack: string, { watch, format }: FormatFlag & { readonly watch?: true }) =>
      finish(
        import("../commands/rollout-status.ts").then(({ rolloutStatus }) =>
          rolloutStatus({ stack, watch: watch === true, format }, context),
        ),
      ),
    );
  rollout
    .command("history")
    .description("List the revisions that a stack was on its way to, and what became of them.")
    .argument("<stack>", "its name")
    .addOption(formatOption())
    .action((stack: string, { format }: FormatFlag) =>
      finish(
        import("../commands/rollout-history.ts").then(({ rolloutHistory }) =>
          rolloutHistory({ stack, format }, context),
        ),
      ),
    );
  rollout
    .command("pause")
    .description("Let a rollout go no further, until `rollout resume`. What has begun is brought to its end.")
    .argument("<stack>", "its name")
    .option("--reason <text>", "why, for those who meet it")
    .action((stack: string, { reason }: Pick<SuspendFlags, "reason">) =>
      finish(
        import("../commands/hold.ts").then(({ hold }) => hold({ kind: "pause", stack, reason }, context)),
      ),
    );
  rollout
    .command("resume")
    .description("Let a paused rollout go on.")
    .argument("<stack>", "its name")
    .action((stack: string) =>
      finish(import("../commands/hold.ts").then(({ release }) => release({ kind: "pause", stack }, context))),
    );
}
