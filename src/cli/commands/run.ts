/** `run`: a one-off container of a service, which goes when it has ended. Takes no lock. */
import { constants } from "node:os";
import { labelsOfOneOff } from "../../agent/labels.ts";
import { replicasOf } from "../../agent/replica.ts";
import { selectReplica } from "../../agent/select.ts";
import { TallymanError } from "../../model/error.ts";
import { requireRecord } from "../../runtime/container/record.ts";
import { sendSignal } from "../../runtime/container/signal-container.ts";
import { makeOneOff } from "../../runtime/one-off/one-off.ts";
import { openReader } from "../../runtime/open.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { relay } from "../relay.ts";
import type { CommandContext } from "./context.ts";
import { oneOffSpec, type OneOffChanges } from "./one-off-spec.ts";

export interface RunOptions extends Omit<OneOffChanges, "terminal"> {
  /** A service (`stack/service`) of which there is a container. */
  readonly name: string;
  /** Undefined: where we have one ourselves. */
  readonly terminal: boolean | undefined;
}

/** Made from what the service's containers were made from, on their image. The command's own exit code. */
export async function run(options: RunOptions, context: CommandContext): Promise<ExitCode> {
  const { passSignals, settings, signal: interrupted } = context;
  const paths = directories(process.env);
  const replica = selectReplica(replicasOf(await openReader(paths).list()), options.name);
  const { stack, service } = replica;
  if (stack === undefined || service === undefined) {
    throw new TallymanError("NOT_A_SERVICE", `${options.name} is no container of a service`);
  }
  const terminal = options.terminal ?? (process.stdin.isTTY && process.stdout.isTTY);
  const { spec, image, joins } = requireRecord(paths, replica.id);
  await using oneOff = await makeOneOff(paths, await settings(), {
    name: `${stack}-${service}-run-${process.pid}`,
    spec: oneOffSpec(spec, { ...options, terminal }, { folder: process.cwd() }),
    image,
    ...(joins && { joins }),
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
