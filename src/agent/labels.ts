/** How a container says which stack, service and slot it fills: labels in its record, opaque to the runtime. */
import {
  isContainerId,
  isServiceName,
  isStackName,
  specHash,
  type ContainerId,
  type ServiceName,
  type StackName,
} from "../model/ids.ts";
import type { RestartPolicy } from "../model/stack.ts";
import type { CreateOperation } from "../reconcile/operation.ts";
import type { ObservedContainer, ObservedNetwork } from "../reconcile/types.ts";
import type { NetworkRecord } from "../runtime/network/network-record.ts";
import type { ContainerStatus } from "../runtime/types.ts";
import type { Origin } from "./origin.ts";

const key = {
  stack: "tallyman.stack",
  service: "tallyman.service",
  slot: "tallyman.slot",
  specHash: "tallyman.spec-hash",
  joined: "tallyman.joined",
  restart: "tallyman.restart",
  networks: "tallyman.networks",
  origin: "tallyman.origin",
  /** Of a one-off container, `stack/service`: it fills no slot, and the planner does not see it. */
  oneOffOf: "tallyman.one-off-of",
} as const;

export function labelsOf(operation: CreateOperation, origin?: Origin): Readonly<Record<string, string>> {
  const { stack, container, specHash: hash, joins = {}, restart, spec } = operation;
  return {
    [key.stack]: stack,
    [key.service]: container.service,
    [key.slot]: `${container.slot}`,
    [key.specHash]: hash,
    ...(Object.keys(joins).length > 0 && { [key.joined]: Object.values(joins).join(" ") }),
    ...(spec.networks && { [key.networks]: spec.networks.map(({ network }) => network).join(" ") }),
    [key.restart]: JSON.stringify(restart),
    ...(origin && { [key.origin]: JSON.stringify(origin) }),
  };
}

export function labelsOfOneOff({
  stack,
  service,
}: Pick<Membership, "stack" | "service">): Readonly<Record<string, string>> {
  return { [key.oneOffOf]: `${stack}/${service}` };
}

/** Whose a network is: of the stack that makes it. */
export function labelsOfNetwork(stack: StackName): Readonly<Record<string, string>> {
  return { [key.stack]: stack };
}

/** The planner's view of a network. */
export function observeNetwork({ spec, labels, subnet, subnet6 }: NetworkRecord): ObservedNetwork {
  const stack = labels[key.stack] ?? "";
  return { spec, subnet, ...(subnet6 !== undefined && { subnet6 }), ...(isStackName(stack) && { stack }) };
}

/** Where a container belongs; undefined for one that no stack made. */
export interface Membership {
  readonly id: ContainerId;
  readonly stack: StackName;
  readonly service: ServiceName;
  readonly slot: number;
}

export function membershipOf({ id, labels }: Pick<ContainerStatus, "id" | "labels">): Membership | undefined {
  const stack = labels[key.stack] ?? "";
  const service = labels[key.service] ?? "";
  const slot = Number(labels[key.slot]);
  return isStackName(stack) && isServiceName(service) && Number.isInteger(slot)
    ? { id, stack, service, slot }
    : undefined;
}

/** The service that a container is of, in a slot or as a one-off; undefined for one that no stack made. */
export function serviceOf(
  container: Pick<ContainerStatus, "id" | "labels">,
): Pick<Membership, "stack" | "service"> | undefined {
  const [stack = "", service = ""] = container.labels[key.oneOffOf]?.split("/") ?? [];
  return isStackName(stack) && isServiceName(service) ? { stack, service } : membershipOf(container);
}

/** When it is to be started again; undefined for one that no stack made, or a version that did not say. */
export function restartPolicyOf({ labels }: ContainerStatus): RestartPolicy | undefined {
  const text = labels[key.restart];
  return text === undefined ? undefined : (JSON.parse(text) as RestartPolicy); // written by labelsOf
}

/** Why it was made; undefined for one that no stack made, or a version that did not say. */
export function originIn({ labels }: Pick<ContainerStatus, "labels">): Origin | undefined {
  const text = labels[key.origin];
  return text === undefined ? undefined : (JSON.parse(text) as Origin); // written by labelsOf
}

/** The planner's view of a container; undefined for one that no stack made. */
export function observeContainer(status: ContainerStatus): ObservedContainer | undefined {
  const member = membershipOf(status);
  if (member === undefined) return undefined;
  const joined = (status.labels[key.joined] ?? "").split(" ").filter(isContainerId);
  const networks = status.labels[key.networks];
  return {
    ...member,
    specHash: specHash(status.labels[key.specHash] ?? ""),
    state: status.state,
    monitored: status.monitored,
    exitCode: status.exitCode ?? null,
    createdAt: status.createdAt,
    ...(status.startedAt !== undefined && { startedAt: status.startedAt }),
    ...(status.finishedAt !== undefined && { finishedAt: status.finishedAt }),
    restartStreak: status.restartStreak,
    ...(status.resumes && { resumes: status.resumes }),
    ...(status.hooksPending && { hooksPending: true }),
    ...(status.keepsData && { keepsData: status.keepsData }),
    ...(status.health && { health: status.health.state }),
    ...(status.health?.state === "unready" && { unreadySince: status.health.changedAt ?? 0 }),
    ...(status.ports && { ports: status.ports }),
    ...(joined.length > 0 && { joined }),
    ...(networks !== undefined && { networks: networks.split(" ") }),
    ...(status.volumes && { volumes: status.volumes }),
  };
}
