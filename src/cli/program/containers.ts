/** The commands that work on single containers beside whoever holds the lock. */
import { InvalidArgumentError, Option } from "commander";
import { entryOf } from "../../model/entry-of.ts";
import { environment } from "../environment.ts";
import type { CommandGroup } from "./group.ts";
import { wholeNumber } from "./options.ts";

interface ExecFlags {
  readonly detach?: true;
  readonly env?: Readonly<Record<string, string>>;
  readonly index?: number;
  /** Undefined where neither -t nor -T is given. */
  readonly tty?: boolean;
  readonly privileged?: true;
  readonly user?: string;
  readonly workdir?: string;
}

interface RunFlags extends Pick<ExecFlags, "env" | "user" | "workdir"> {
  readonly entrypoint?: string;
  readonly file?: readonly string[];
  readonly volume?: readonly string[];
  /** False with -T. */
  readonly tty: boolean;
}

interface CpFlags {
  readonly archive?: true;
  readonly followLink?: true;
  readonly index?: number;
}

const nameHelp = "a service (stack/service), a container, or the beginning of an id";
const namesHelp = "stacks, services (stack/service), containers, or beginnings of ids";

export function addContainers({ program, context, finish }: CommandGroup): void {
  program
    .command("exec")
    .description("Run a command in a container that runs.")
    .argument("<name>", nameHelp)
    .argument("<command>", "the command")
    .argument("[args...]", "its arguments")
    .passThroughOptions()
    .option("-d, --detach", "leave it in the background")
    .option(
      "-e, --env <name=value>",
      "an environment variable; the name alone takes ours; repeatable",
      variable,
    )
    .addOption(indexOption())
    .option("-i, --interactive", "hand on standard input, which is so in any case")
    .option("-t, --tty", "give it a terminal (default: where there is one)")
    .option("-T, --no-tty", "give it no terminal")
    .option("--privileged", "give it every capability")
    .option("-u, --user <user[:group]>", "names or numbers")
    .option("-w, --workdir <path>", "the folder to run it in")
    .action((name: string, command: string, args: readonly string[], flags: ExecFlags) =>
      finish(
        import("../commands/exec.ts").then(({ exec }) =>
          exec(
            {
              name,
              index: flags.index,
              command: [command, ...args],
              environment: flags.env ?? {},
              user: flags.user,
              workingDir: flags.workdir,
              privileged: flags.privileged === true,
              detach: flags.detach === true,
              terminal: flags.tty,
            },
            context,
          ),
        ),
      ),
    );
  program
    .command("run")
    .description(
      "Run a command in a container of its own, made as those of a service are, which goes when it has ended.",
    )
    .argument("<name>", "a service (stack/service) of which there is a container, or one of the stack files")
    .argument("[command]", "in place of the service's")
    .argument("[args...]", "its arguments")
    .passThroughOptions()
    .option("--rm", "take it away when it has ended, which is so in any case")
    .option("--entrypoint <words>", "in place of the image's and the service's")
    .option(
      "-e, --env <name=value>",
      "an environment variable; the name alone takes ours; repeatable",
      variable,
    )
    .option("-f, --file <path>", "take it from a stack file, or a folder with some; repeatable", collect)
    .option("-i, --interactive", "hand on standard input, which is so in any case")
    .option("--no-deps", "start none of the services that it depends on, which is so in any case")
    .option("-T, --no-tty", "give it no terminal (default: where there is one)")
    .option("-u, --user <user[:group]>", "names or numbers")
    .option("-v, --volume <mount>", "source:target[:ro]; repeatable", collect)
    .option("-w, --workdir <path>", "the folder to run it in")
    .action((name: string, command: string | undefined, args: readonly string[], flags: RunFlags) =>
      finish(
        import("../commands/run.ts").then(({ run }) =>
          run(
            {
              name,
              files: flags.file ?? [],
              command: command === undefined ? [] : [command, ...args],
              entrypoint: flags.entrypoint,
              environment: flags.env ?? {},
              user: flags.user,
              workingDir: flags.workdir,
              volumes: flags.volume ?? [],
              terminal: flags.tty ? undefined : false,
            },
            context,
          ),
        ),
      ),
    );
  program
    .command("attach")
    .description(
      "Join a container's own input and output. Ctrl-P Ctrl-Q leaves it to itself, where it has a terminal.",
    )
    .argument("<name>", nameHelp)
    .addOption(indexOption())
    .option("--no-stdin", "hand on no input")
    .option("--no-sig-proxy", "hand on no signals: a Ctrl-C ends this command")
    .action((name: string, flags: { index?: number; stdin: boolean; sigProxy: boolean }) =>
      finish(import("../commands/attach.ts").then(({ attach }) => attach({ name, ...flags }, context))),
    );
  program
    .command("cp")
    .description("Copy files between a running container and this machine, as `docker cp` does.")
    .argument("<from>", "NAME:PATH, a path here, or - for a tar archive on stdin")
    .argument("<to>", "a path here, NAME:PATH, or - for a tar archive on stdout")
    .option("-a, --archive", "keep users and groups (default: root inside, the caller here)")
    .option("-L, --follow-link", "where <from> is a link, copy what it leads to")
    .addOption(indexOption())
    .action((from: string, to: string, flags: CpFlags) =>
      finish(
        import("../commands/cp.ts").then(({ cp }) =>
          cp(
            {
              from,
              to,
              index: flags.index,
              archive: flags.archive === true,
              followLink: flags.followLink === true,
            },
            context,
          ),
        ),
      ),
    );
  program
    .command("kill")
    .description("Send a signal to containers. What ends by it is restarted as its service says.")
    .argument("<name...>", namesHelp)
    .option("-s, --signal <signal>", "its name or number", "SIGKILL")
    .action((names: readonly string[], { signal }: { signal: string }) =>
      finish(import("../commands/kill.ts").then(({ kill }) => kill({ names, signal }, context))),
    );
  program
    .command("pause")
    .description("Hold all processes of containers, until `unpause`.")
    .argument("<name...>", namesHelp)
    .action((names: readonly string[]) =>
      finish(import("../commands/kill.ts").then(({ pause }) => pause(names, context))),
    );
  program
    .command("unpause")
    .description("Let the processes of paused containers go on.")
    .argument("<name...>", namesHelp)
    .action((names: readonly string[]) =>
      finish(import("../commands/kill.ts").then(({ unpause }) => unpause(names, context))),
    );
}

function indexOption(): Option {
  const help = "the replica of the service (default: the first that runs)";
  return new Option("--index <slot>", help).argParser(wholeNumber);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** A name that we do not have is left out, as in Docker. */
function variable(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [name = "", ...rest] = text.split("=");
  if (name === "") throw new InvalidArgumentError("It must be NAME=value or NAME.");
  const value = rest.length > 0 ? rest.join("=") : entryOf(environment(), name);
  return value === undefined ? before : { ...before, [name]: value };
}
