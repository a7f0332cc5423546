/** All kinds of words that commands leave, and how each is written. */
import { isServiceName, revisionId, type ServiceName, type StackName } from "../model/ids.ts";
import { holdKinds, type StackHold } from "./holds.ts";
import type { Restart } from "./restarts.ts";
import type { Scale } from "./scaling.ts";
import { wordStore } from "./word-store.ts";

const suffix = ".json";

/** `scales/shop/web.json` */
export const scaleWords = wordStore<Pick<Scale, "stack" | "service">, Scale>({
  folder: "scales",
  fileOf: ({ service }) => `${service}${suffix}`,
  nameOf: (stack, file) => {
    const service = serviceIn(file);
    return service && { stack, service };
  },
  bodyOf: ({ replicas, revision, until }) => ({ replicas, revision, until }),
  parse: (name, { replicas, revision, until }) => {
    if (typeof replicas !== "number" || !Number.isInteger(replicas) || replicas < 0) return undefined;
    if (typeof revision !== "string") return undefined;
    return { ...name, replicas, revision: revisionId(revision), ...(typeof until === "number" && { until }) };
  },
});

/** `holds/shop/suspend.json`, `holds/shop/stop web.json` */
export const holdWords = wordStore<Pick<StackHold, "kind" | "stack" | "service">, StackHold>({
  folder: "holds",
  fileOf: ({ kind, service }) => `${service === undefined ? kind : `${kind} ${service}`}${suffix}`,
  nameOf: (stack, file) => {
    const [word = "", ...others] = (stemOf(file) ?? "").split(" ");
    const kind = holdKinds.find((each) => each === word);
    if (kind === undefined) return undefined;
    if (others.length === 0) return { kind, stack };
    const service = others.join(" ");
    return isServiceName(service) ? { kind, stack, service } : undefined;
  },
  bodyOf: (hold) => hold,
  parse: (name, { by, since, reason, until, from, to }) => {
    if (typeof by !== "string" || typeof since !== "number") return undefined;
    return {
      ...name,
      by,
      since,
      ...(typeof reason === "string" && { reason }),
      ...(typeof until === "number" && { until }),
      ...(typeof from === "string" && { from: revisionId(from) }),
      ...(typeof to === "string" && { to: revisionId(to) }),
    };
  },
});

/** No service is called so. */
const all = "+all";

/** `restarts/shop/+all`, `restarts/shop/web.json` */
export const restartWords = wordStore<RestartName, Restart>({
  folder: "restarts",
  fileOf: ({ service }) => (service === undefined ? all : `${service}${suffix}`),
  nameOf: (stack, file) => {
    if (file === all) return { stack };
    const service = serviceIn(file);
    return service && { stack, service };
  },
  bodyOf: ({ at, inForce, back }) => ({ at, inForce, back }),
  parse: (name, { at, inForce, back }) => {
    if (typeof at !== "number") return undefined;
    return {
      ...name,
      at,
      ...(typeof inForce === "string" && { inForce: revisionId(inForce) }),
      ...(Array.isArray(back) && { back: back.filter(isNameOfService) }),
    };
  },
});

interface RestartName {
  readonly stack: StackName;
  readonly service?: ServiceName;
}

function serviceIn(file: string): ServiceName | undefined {
  const stem = stemOf(file);
  return stem !== undefined && isServiceName(stem) ? stem : undefined;
}

function stemOf(file: string): string | undefined {
  return file.endsWith(suffix) ? file.slice(0, -suffix.length) : undefined;
}

function isNameOfService(value: unknown): value is ServiceName {
  return typeof value === "string" && isServiceName(value);
}
