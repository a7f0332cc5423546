/** `scale`: leaves word for whoever reconciles. Takes no lock. */
import { originIn } from "../../agent/labels.ts";
import { replicasOf } from "../../agent/replica.ts";
import { scaledWarning, whyNotScaled, type Scale } from "../../agent/scaling.ts";
import { scaleWords } from "../../agent/words.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { entryOf } from "../../model/entry-of.ts";
import { TallymanError } from "../../model/error.ts";
import type { RevisionId, ServiceName, StackName } from "../../model/ids.ts";
import type { KeptRevision } from "../../model/rollout.ts";
import { openReader } from "../../runtime/open-reader.ts";
import type { RuntimePaths } from "../../runtime/types.ts";
import { openStateReader } from "../../state/state-reader.ts";
import type { Memory, StateReader } from "../../state/types.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { diagnosticsText } from "../output/diagnostics.ts";
import type { CommandContext } from "./context.ts";
import { tellWhoSees } from "./leave-word.ts";

export interface ScaleOptions {
  /** `stack/service=5`, or with `reset` the service alone. */
  readonly args: readonly string[];
  readonly forMs: number | undefined;
  readonly reset: boolean;
}

/** As the schema of stack files has it for one service. */
const mostReplicas = 10_000;

export async function scale(
  { args, forMs, reset }: ScaleOptions,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const paths = directories(process.env);
  using state = openStateReader(paths.dataDir);
  const memory = state.read();
  const asked = args.map((arg) => (reset ? { ...find(arg, memory), replicas: 0 } : parse(arg, memory)));
  const refused = reset ? [] : await refusals(asked, { state, memory, paths });
  if (refused.length > 0) {
    terminal.err(diagnosticsText(refused, terminal.paintErr));
    return exitCode.invalidInput;
  }
  for (const { stack, service, replicas, revision } of asked) {
    if (reset) scaleWords.remove(paths.dataDir, { stack, service });
    else {
      const until = forMs === undefined ? {} : { until: Date.now() + forMs };
      const scale = { stack, service, replicas, revision, ...until };
      await scaleWords.write(paths.dataDir, scale);
      terminal.err(diagnosticsText(overruled(scale, { state, memory }), terminal.paintErr));
    }
  }
  tellWhoSees(terminal, paths);
  return exitCode.done;
}

interface Known {
  readonly stack: StackName;
  readonly service: ServiceName;
  /** What the files alone came to. */
  readonly revision: RevisionId;
}

interface Asked extends Known {
  readonly replicas: number;
}

interface Around {
  readonly state: StateReader;
  readonly memory: Memory;
  readonly paths: RuntimePaths;
}

/**
 * Of what cannot have so many, why; at the line of its service, where a container says it. Of a revision that is still
 * on its way nothing is kept: whoever plans says it of that.
 */
async function refusals(
  asked: readonly Asked[],
  { state, memory, paths }: Around,
): Promise<readonly Diagnostic[]> {
  const refused = asked.flatMap((scale) => {
    const revision = revisionOf(scale.stack, { state, memory });
    const diagnostic = revision && whyNotScaled(revision.stack, scale);
    return revision && diagnostic ? [{ scale, revision, diagnostic }] : [];
  });
  if (refused.length === 0) return [];
  const replicas = replicasOf(await openReader(paths).list());
  return refused.map(({ scale, revision, diagnostic }) => {
    const origins = replicas
      .filter(({ stack, service }) => stack === scale.stack && service === scale.service)
      .flatMap((replica) => originIn(replica) ?? []);
    const place = origins.find((origin) => origin.revision === revision.revision)?.place;
    return { ...diagnostic, ...(place && { place }) };
  });
}

/** What the files say instead, in a line, where that is known and another number. */
function overruled(scale: Scale, around: Pick<Around, "state" | "memory">): readonly Diagnostic[] {
  const stack = revisionOf(scale.stack, around)?.stack;
  const service = stack?.services.find(({ name }) => name === scale.service);
  if (stack === undefined || service === undefined || service.replicas === scale.replicas) return [];
  const { severity, code, message, place } = scaledWarning(stack, service, scale);
  return [{ severity, code, message, ...(place && { place }) }];
}

function revisionOf(
  stack: StackName,
  { state, memory }: Pick<Around, "state" | "memory">,
): KeptRevision | undefined {
  const rollout = memory.rollouts.find((each) => each.stack === stack);
  if (rollout === undefined) return undefined;
  const { revision, candidate, good } = rollout;
  return [candidate, good].find((each) => each?.revision === revision) ?? state.keptRevision(stack, revision);
}

function parse(arg: string, memory: Memory): Asked {
  const [name = "", count = ""] = arg.split("=", 2);
  const replicas = /^\d{1,5}$/.test(count) ? Number(count) : mostReplicas + 1;
  if (replicas <= mostReplicas) return { ...find(name, memory), replicas };
  throw new TallymanError("BAD_SCALE", `${arg} does not say how many replicas a service is to have`, {
    hint: `Write it as shop/web=5, with at most ${mostReplicas}.`,
  });
}

function find(name: string, { inventory, rollouts }: Memory): Known {
  const known = inventory.find(({ stack, service }) => `${stack}/${service}` === name);
  const rollout = rollouts.find(({ stack }) => stack === known?.stack);
  if (known && entryOf(rollout?.schedules, known.service) !== undefined)
    throw new TallymanError("BAD_SCALE", `${name} runs by its schedule, and has no replicas`, {
      hint: "Write concurrency: allow in its x-schedule where runs may overlap.",
    });
  if (known && rollout)
    return { stack: known.stack, service: known.service, revision: rollout.written ?? rollout.revision };
  const names = [...new Set(inventory.map(({ stack, service }) => `${stack}/${service}`))].sort();
  throw new TallymanError("NO_SUCH_SERVICE", `there is no service ${name} here`, {
    hint: names.length > 0 ? `There are: ${names.join(", ")}.` : "Nothing runs here.",
  });
}
