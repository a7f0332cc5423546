/** A service with what is known about it in one step, and the questions that are asked about it. Pure. */
import { createHash } from "node:crypto";
import type { ContainerSpec, JoinedNamespace } from "../../model/container-spec.ts";
import { entryOf } from "../../model/entry-of.ts";
import type { ContainerId, Digest, ServiceName, SpecHash, StackName } from "../../model/ids.ts";
import { containerId } from "../../model/ids.ts";
import { timeOfRun } from "../../model/run-slot.ts";
import { hashService } from "../../model/spec-hash.ts";
import type { ContainerJoin, Service } from "../../model/stack.ts";
import { volumeNames } from "../../model/volume-names.ts";
import { containerName } from "../operation.ts";
import { chooseSlots, type SlotChoice } from "./choose-slots.ts";
import type { StackView } from "./stack-view.ts";
import type { ObservedContainer } from "../types.ts";

export interface ServiceView {
  readonly stack: StackName;
  readonly service: Service;
  /** It goes back, or has: nothing that fails of it is a failure of a rollout. What has a schedule is beside that. */
  readonly isBack: boolean;
  /** What its containers are to be; absent until its image is ready. */
  readonly wanted: { readonly hash: SpecHash; readonly image: Digest } | undefined;
  /** Those that it keeps or is to have, in order; there may be holes among them. */
  readonly slots: ReadonlySet<number>;
  /** Where it is paused, those of them that it had: no other one begins, and none is taken away. */
  readonly slotsWhilePaused?: ReadonlySet<number>;
  /** In order of slot, then id; also in slots that it is to have no more; without the runs of a schedule. */
  readonly containers: readonly ObservedContainer[];
  readonly joins: readonly { readonly namespace: JoinedNamespace; readonly target: ServiceView }[];
  readonly containerJoins: readonly NamedJoin[];
  /** Containers whose namespaces others share, whether they are still there or not. */
  readonly shared: ReadonlySet<ContainerId>;
}

/** With a container of another stack. */
export interface NamedJoin extends ContainerJoin {
  /** Those that have its name and run: while one takes the place of another there may be two, or none. */
  readonly running: readonly ObservedContainer[];
}

export interface ViewOptions {
  readonly imageOf: (service: Service) => Digest | undefined;
  readonly view: StackView;
  /** How many replicas it had when its rollout was paused; undefined where it is not. */
  readonly pausedAt?: (service: Service) => number | undefined;
  readonly isBack?: (service: ServiceName) => boolean;
}

/** Every service of the stack, each with those whose namespaces it shares. That they form no cycle is given. */
export function viewServices(
  services: readonly Service[],
  { imageOf, view, pausedAt = () => undefined, isBack = () => false }: ViewOptions,
): readonly ServiceView[] {
  const joined = new Set(services.flatMap(({ joins = [] }) => joins.map(({ service }) => service)));
  const shared = new Set(view.observed.containers.flatMap(({ joined = [] }) => joined));
  const viewOf = (service: Service): ServiceView => ({
    ...viewService(service, {
      image: imageOf(service),
      isJoined: joined.has(service.name),
      pausedAt: isBack(service.name) ? undefined : pausedAt(service),
      view,
    }),
    isBack: service.schedule === undefined && isBack(service.name),
    joins: (service.joins ?? []).flatMap(({ namespace, service: name }) => {
      const found = services.find((each) => each.name === name);
      return found === undefined ? [] : [{ namespace, target: viewOf(found) }];
    }),
    shared,
  });
  return services.map(viewOf);
}

function viewService(
  service: Service,
  {
    image,
    isJoined,
    pausedAt,
    view,
  }: {
    readonly image: Digest | undefined;
    readonly isJoined: boolean;
    readonly pausedAt: number | undefined;
    readonly view: StackView;
  },
): Omit<ServiceView, "joins" | "shared" | "isBack"> {
  const wanted = image === undefined ? undefined : { hash: hashService(service, image), image };
  const all = view.containers.filter((container) => container.service === service.name);
  const replicas = all.filter(({ slot }) => timeOfRun(slot) === undefined);
  const choice: SlotChoice = {
    service,
    remembered: entryOf(view.rollout?.slots, service.name),
    containers: replicas,
    isWanted: ({ specHash }) => specHash === (wanted?.hash ?? presumedHash(service, view)),
    isJoined,
    now: view.now,
  };
  const count = service.replicas;
  const had = pausedAt === undefined ? undefined : chooseSlots(Math.min(pausedAt, count), choice);
  const slots = chooseSlots(count, choice);
  return {
    stack: view.name,
    service,
    wanted,
    slots: new Set(slots),
    ...(had && { slotsWhilePaused: new Set(had) }),
    containers: service.schedule === undefined ? all : replicas,
    containerJoins: (service.containerJoins ?? []).map((join) => ({
      ...join,
      running: runningAs(join, view),
    })),
  };
}

/**
 * Of a service whose image is still to come: with what it stood for last. Where it comes to stand for another one, all
 * that there is has become outdated, and nothing was chosen by it.
 */
function presumedHash(service: Service, { observed, rollout }: StackView): SpecHash | undefined {
  const { image: reference } = service.container;
  const image = entryOf(observed.images, reference)?.digest ?? entryOf(rollout?.images, reference);
  return image && hashService(service, image);
}

function runningAs({ container: name }: ContainerJoin, { observed }: StackView): NamedJoin["running"] {
  return observed.containers.filter(
    (container) => container.state === "running" && containerName(container.stack, container) === name,
  );
}

/** It carries the wanted spec, shares the namespaces that are wanted now, and can be trusted to go on. */
export function isCurrent(container: ObservedContainer, each: ServiceView): boolean {
  const lost = container.state === "running" && !container.monitored;
  return (
    container.specHash === each.wanted?.hash &&
    !lost &&
    lostJoin(container, each) === undefined &&
    replacedJoin(container, each) === undefined &&
    !hasOtherNetworks(container, each) &&
    !hasOtherVolumes(container, each)
  );
}

/** The same words in the file can mean another network: one that got another name, or the one of all who name none. */
export function hasOtherNetworks(container: ObservedContainer, { service }: ServiceView): boolean {
  const wanted = networkNames(service.container);
  return `${wanted?.join(" ")}` !== `${container.networks?.join(" ")}`;
}

/** The same words in the file can mean another volume: one that got another name, or that is made outside of it. */
export function hasOtherVolumes({ volumes }: ObservedContainer, { service }: ServiceView): boolean {
  return volumes !== undefined && volumes.join(" ") !== volumeNames(service.container).join(" ");
}

/** In the order in which it joins them; undefined where it joins none by itself. */
export function networkNames({ networks }: ContainerSpec): readonly string[] | undefined {
  return networks?.map(({ network }) => network);
}

/** The first service whose container is another one than that whose namespaces the container shares. */
export function lostJoin(
  { joined = [] }: ObservedContainer,
  { joins }: ServiceView,
): ServiceView | undefined {
  return joins.find(({ target }) => {
    const wanted = firstMade(target);
    return wanted === undefined || !joined.includes(wanted.id);
  })?.target;
}

/** The first container of another stack that another one has taken the place of; one that is only gone is not missed. */
export function replacedJoin(
  { joined = [] }: ObservedContainer,
  { containerJoins }: ServiceView,
): NamedJoin | undefined {
  return containerJoins.find(
    ({ running }) => running.length > 0 && running.every(({ id }) => !joined.includes(id)),
  );
}

/** The first slot's container of the wanted spec, made whole: what the service needs is known to be there. */
export function firstMade(view: ServiceView): ObservedContainer | undefined {
  const first = firstSlot(view);
  return view.containers.find(
    (container) => container.slot === first && isCurrent(container, view) && container.state !== "incomplete",
  );
}

/** The gate waits for what this slot is to have. */
export function opensGate(view: ServiceView, slot: number): boolean {
  return slot === firstSlot(view) && firstMade(view) === undefined;
}

/** Of a service that is to have none, the one that it would have. */
export function firstSlot({ slots }: ServiceView): number {
  const [first = 1] = slots;
  return first;
}

/** Containers in slots that it keeps. */
export function inSlots({ containers, slots }: ServiceView): readonly ObservedContainer[] {
  return containers.filter(({ slot }) => slots.has(slot));
}

/**
 * The same id for the same wish, so that a repeated creation finds its own traces. Another one only while a container
 * of that id is there and cannot be used, or others share the namespaces of one that was: they have what is left of it.
 */
export function idForSlot(view: ServiceView, slot: number): ContainerId {
  const taken = takenIn(view);
  for (let attempt = 0; ; attempt++) {
    const wish = [view.stack, view.service.name, slot, view.wanted?.hash, attempt].join("/");
    const id = containerId(createHash("sha256").update(wish).digest("hex").slice(0, 12));
    if (!taken.has(id)) return id;
  }
}

/** Made once for each view: it is asked for in every slot. */
const takenByView = new WeakMap<ServiceView, ReadonlySet<ContainerId>>();

function takenIn(view: ServiceView): ReadonlySet<ContainerId> {
  const known = takenByView.get(view);
  if (known !== undefined) return known;
  const taken = new Set([...view.containers.map(({ id }) => id), ...view.shared]);
  takenByView.set(view, taken);
  return taken;
}
