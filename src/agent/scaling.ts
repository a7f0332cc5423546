/** What `scale` said, over what the files say: for as long as they say nothing new, or until a time. Pure. */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { RevisionId, ServiceName, StackName } from "../model/ids.ts";
import type { Service, Stack } from "../model/stack.ts";
import type { Desired, DesiredStack } from "../reconcile/types.ts";
import { replicaLimit } from "../reconcile/replica-limit.ts";

export interface Scale {
  readonly stack: StackName;
  readonly service: ServiceName;
  readonly replicas: number;
  /** What the stack's files said then: it ends with the next revision. */
  readonly revision: RevisionId;
  /** Milliseconds since the epoch. */
  readonly until?: number;
}

export interface Scaled {
  readonly desired: Desired;
  /** A warning for each that is in effect, at the line that it overrules, and for each that cannot be. */
  readonly diagnostics: readonly Diagnostic[];
  /** Have ended: nobody will ask for them again. */
  readonly ended: readonly Scale[];
  /** When the next one ends by itself. */
  readonly nextEnd?: number;
}

export function applyScales(desired: Desired, scales: readonly Scale[], now: number): Scaled {
  const inEffect = new Map<string, Scale>();
  const ended: Scale[] = [];
  const refused: Diagnostic[] = [];
  for (const scale of scales) {
    const asked = desired.stacks.find(({ stack }) => stack.name === scale.stack);
    if (asked === undefined) continue; // of another source, or of a file that is broken at the moment
    const service = asked.stack.services.find(({ name }) => name === scale.service);
    const isOver =
      (asked.written ?? asked.revision) !== scale.revision ||
      (scale.until !== undefined && scale.until <= now);
    const refusal = isOver ? undefined : whyNotScaled(asked.stack, scale);
    if (refusal) refused.push({ ...refusal, severity: "warning" }); // the file's own number is in effect
    if (isOver || service === undefined || refusal) ended.push(scale);
    else inEffect.set(keyOf(scale.stack, scale.service), scale);
  }
  const ends = [...inEffect.values()].flatMap(({ until }) => until ?? []);
  const stacks = desired.stacks.map((each) => scaleStack(each, inEffect));
  return {
    desired: inEffect.size === 0 ? desired : { ...desired, stacks },
    diagnostics: [...refused, ...desired.stacks.flatMap((each) => warningsFor(each, inEffect))],
    ended,
    ...(ends.length > 0 && { nextEnd: Math.min(...ends) }),
  };
}

/** Why a service cannot have so many replicas, as an error at the line that keeps it from that; undefined where it can. */
export function whyNotScaled(
  stack: Stack,
  { service: name, replicas }: Pick<Scale, "service" | "replicas">,
): Diagnostic | undefined {
  const service = stack.services.find((each) => each.name === name);
  const limit = service && replicaLimit(service, stack);
  if (limit === undefined || (limit.most > 0 && replicas <= limit.most)) return undefined;
  const { path, why, hint } = limit;
  const place = stack.places[path] ?? stack.places[`services.${name}`];
  return {
    severity: "error",
    code: "not-scaled",
    message: `services.${name} of ${stack.name} is not scaled to ${replicas}: ${why}`,
    hint,
    path,
    ...(place && { place }),
  };
}

function scaleStack(each: DesiredStack, scales: ReadonlyMap<string, Scale>): DesiredStack {
  const { stack } = each;
  const changed = stack.services.map((service): Service => {
    const scale = scales.get(keyOf(stack.name, service.name));
    return scale === undefined ? service : { ...service, replicas: scale.replicas };
  });
  const scaled = changed.filter((service, index) => service !== stack.services[index]);
  if (scaled.length === 0) return each;
  return {
    ...each,
    stack: { ...stack, services: changed },
    asWritten: stack,
    scaled: Object.fromEntries(scaled.map(({ name, replicas }) => [name, replicas])),
  };
}

function warningsFor({ stack }: DesiredStack, scales: ReadonlyMap<string, Scale>): readonly Diagnostic[] {
  return stack.services.flatMap((service): readonly Diagnostic[] => {
    const scale = scales.get(keyOf(stack.name, service.name));
    return scale === undefined ? [] : [scaledWarning(stack, service, scale)];
  });
}

/** That the files say otherwise, at the line that is overruled. */
export function scaledWarning(stack: Stack, service: Service, scale: Scale): Diagnostic {
  const path = `services.${service.name}`;
  const place =
    stack.places[`${path}.deploy.replicas`] ?? stack.places[`${path}.scale`] ?? stack.places[path];
  const end = scale.until === undefined ? "" : `, at the latest until ${new Date(scale.until).toISOString()}`;
  return {
    severity: "warning",
    code: "scaled",
    message: `${path} is scaled to ${scale.replicas} until its stack's files change${end}; they say ${service.replicas}`,
    hint: `\`tallyman scale --reset ${stack.name}/${service.name}\` takes that back.`,
    path,
    ...(place && { place }),
  };
}

const keyOf = (stack: StackName, service: ServiceName): string => `${stack}/${service}`;
