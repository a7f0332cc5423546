/** What `scale` said, over what the files say: for as long as they say nothing new, or until a time. Pure. */
import type { Diagnostic } from "../model/diagnostic.ts";
import type { RevisionId, ServiceName, StackName } from "../model/ids.ts";
import type { Service } from "../model/stack.ts";
import type { Desired, DesiredStack } from "../reconcile/types.ts";

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
    if (isOver || service === undefined) ended.push(scale);
    else if (!canHave(service, scale.replicas)) {
      ended.push(scale);
      refused.push(refusal(scale));
    } else inEffect.set(keyOf(scale.stack, scale.service), scale);
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

/** What runs by its schedule has no replicas; two containers cannot both have an address, or a port that is one replica's. */
function canHave({ container: { networks = [] }, ports, schedule }: Service, replicas: number): boolean {
  const isFixed = networks.some((each) => each.ipv4Address ?? each.ipv6Address ?? each.macAddress);
  if (schedule !== undefined) return false;
  return replicas <= 1 || !(isFixed || ports.some(({ ofOneReplica }) => ofOneReplica));
}

function refusal({ stack, service, replicas }: Scale): Diagnostic {
  const path = `services.${service}`;
  return {
    severity: "warning",
    code: "not-scaled",
    message: `${path} of ${stack} is not scaled to ${replicas}: its address or port is that of one replica, or it runs by a schedule`,
    path,
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
    scaled: Object.fromEntries(scaled.map(({ name, replicas }) => [name, replicas])),
  };
}

function warningsFor({ stack }: DesiredStack, scales: ReadonlyMap<string, Scale>): readonly Diagnostic[] {
  return stack.services.flatMap((service): readonly Diagnostic[] => {
    const scale = scales.get(keyOf(stack.name, service.name));
    if (scale === undefined) return [];
    const path = `services.${service.name}`;
    const place =
      stack.places[`${path}.deploy.replicas`] ?? stack.places[`${path}.scale`] ?? stack.places[path];
    const end =
      scale.until === undefined ? "" : `, at the latest until ${new Date(scale.until).toISOString()}`;
    return [
      {
        severity: "warning",
        code: "scaled",
        message: `${path} is scaled to ${scale.replicas} until its stack's files change${end}; they say ${service.replicas}`,
        hint: `\`tallyman scale --reset ${stack.name}/${service.name}\` takes that back.`,
        path,
        ...(place && { place }),
      },
    ];
  });
}

const keyOf = (stack: StackName, service: ServiceName): string => `${stack}/${service}`;
