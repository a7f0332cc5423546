/** `run`: a one-off container of a service, which goes when it has ended. Takes no lock. */
import { constants } from "node:os";
import { labelsOfOneOff } from "../../agent/labels.ts";
import { TallymanError } from "../../model/error.ts";
import { sendSignal } from "../../runtime/container/signal-container.ts";
import { makeOneOff } from "../../runtime/one-off/one-off.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { relay } from "../relay.ts";
import type { CommandContext } from "./context.ts";
import { originInContainer, originInFiles } from "./one-off-origin.ts";
import { oneOffSpec, type OneOffChanges } from "./one-off-spec.ts";

export interface RunOptions extends Omit<OneOffChanges, "terminal"> {
  /** A service (`stack/service`). */
  readonly name: string;
  /** Stack files or their folders; without any, there is a container of the service. */
  readonly files: readonly string[];
  /** Undefined: where we have one ourselves. */
  readonly terminal: boolean | undefined;
}

/** The command's own exit code. */
export async function run(options: RunOptions, context: CommandContext): Promise<ExitCode> {
  const { passSignals, settings, signal: interrupted } = context;
  const paths = directories(process.env);
  const { name, files } = options;
  const origin =
    files.length === 0
      ? await originInContainer(paths, name)
      : await originInFiles(paths, { name, files }, context);
  const { stack, service, spec, image, joins, networks } = origin;
  const terminal = options.terminal ?? (process.stdin.isTTY && process.stdout.isTTY);
  await using oneOff = await makeOneOff(paths, await settings(), {
    name: `${stack}-${service}-run-${process.pid}`,
    spec: oneOffSpec(spec, { ...options, terminal }, { folder: process.cwd() }),
    image,
    ...(joins && { joins }),
    ...(networks && { networks }),
    labels: labelsOfOneOff({ stack, service }),
  });
  if (interrupted.aborted) return exitCode.interrupted;
  let asked = 0;
  const pass = (name: NodeJS.Signals): void => {
    asked += name === "SIGINT" || name === "SIGTERM" ? 1 : 0;
    const number = asked >= patience ? constants.signals.SIGKILL : constants.signals[name];
    sendSignal(paths, oneOff.id, number).catch(() => undefined); // it has just ended
  };
  using _signals = passSignals(pass);
  const relayed = relay(oneOff.attachment, { terminal, input: true, canLeave: false });
  const [code] = await Promise.all([oneOff.run(), relayed]);
  if (code !== null) return code;
  throw new TallymanError("EXIT_UNKNOWN", "the command has ended, and nobody saw with which exit code");
}

/** At the third time of asking it is killed, as by `docker run`. */
const patience = 3;
