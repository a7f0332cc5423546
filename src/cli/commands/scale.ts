/** `scale`: leaves word for whoever reconciles. Takes no lock. */
import { scaleWords } from "../../agent/words.ts";
import { entryOf } from "../../model/entry-of.ts";
import { TallymanError } from "../../model/error.ts";
import type { RevisionId, ServiceName, StackName } from "../../model/ids.ts";
import { openStateReader } from "../../state/state-reader.ts";
import type { Memory } from "../../state/types.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
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
  for (const { stack, service, replicas, revision } of asked) {
    if (reset) scaleWords.remove(paths.dataDir, { stack, service });
    else {
      const until = forMs === undefined ? {} : { until: Date.now() + forMs };
      await scaleWords.write(paths.dataDir, { stack, service, replicas, revision, ...until });
    }
  }
  tellWhoSees(terminal, paths);
  return exitCode.done;
}

interface Asked {
  readonly stack: StackName;
  readonly service: ServiceName;
  readonly revision: RevisionId;
}

function parse(arg: string, memory: Memory): Asked & { readonly replicas: number } {
  const [name = "", count = ""] = arg.split("=", 2);
  const replicas = /^\d{1,5}$/.test(count) ? Number(count) : mostReplicas + 1;
  if (replicas <= mostReplicas) return { ...find(name, memory), replicas };
  throw new TallymanError("BAD_SCALE", `${arg} does not say how many replicas a service is to have`, {
    hint: `Write it as shop/web=5, with at most ${mostReplicas}.`,
  });
}

function find(name: string, { inventory, rollouts }: Memory): Asked {
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
