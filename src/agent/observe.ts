/** What is there now, from the runtime itself, in the planner's words. Takes no lock and writes nothing. */
import { isIPv4 } from "node:net";
import { isAbsolute } from "node:path";
import { TallymanError } from "../model/error.ts";
import { candidatesOf } from "../reconcile/choose-ports.ts";
import type { Listener } from "../reconcile/conflicts.ts";
import { readinessOf } from "../reconcile/step/readiness.ts";
import { joinedPorts } from "../reconcile/step/retire.ts";
import type { Desired, Observed, ObservedContainer, ObservedImage } from "../reconcile/types.ts";
import type { RuntimeReader } from "../runtime/types.ts";
import { upSince } from "../sys/up-since.ts";
import type { AcceptSubject, AcceptWatch } from "./accept-watch.ts";
import { observeContainer, observeNetwork } from "./labels.ts";

type Host = Pick<RuntimeReader, "list" | "volumes" | "networks" | "routes"> & {
  readonly images: Pick<RuntimeReader["images"], "find">;
};

export interface ObserveOptions {
  /** That were read a moment ago and that nobody has changed since; read anew when absent. */
  readonly routes?: Observed["routes"] | undefined;
  /** Absent: nobody tries whether published ports accept. */
  readonly accepting?: Pick<AcceptWatch, "accepting">;
  /** What the files ask for: its images are looked at, too, since what went back waits for others. */
  readonly wanted?: Desired;
}

export async function observe(
  runtime: Host,
  desired: Desired,
  { routes: known, accepting, wanted = desired }: ObserveOptions = {},
): Promise<Observed> {
  const [statuses, volumes, records, images] = await Promise.all([
    runtime.list(),
    runtime.volumes(),
    runtime.networks(),
    observeImages(runtime, [...desired.stacks, ...wanted.stacks]),
  ]);
  const containers = statuses.flatMap((status) => observeContainer(status) ?? []);
  const mayHaveRoutes = containers.length > 0 || desired.stacks.some(hasPorts);
  const routes = known ?? (mayHaveRoutes ? await runtime.routes() : []);
  const networks = records.map(observeNetwork);
  const observed = { containers, volumes, networks, routes, images, upSince: upSince() };
  return accepting === undefined ? observed : observeAccepting(observed, { statuses, desired, accepting });
}

interface AcceptContext {
  readonly statuses: Awaited<ReturnType<RuntimeReader["list"]>>;
  readonly desired: Desired;
  readonly accepting: Pick<AcceptWatch, "accepting">;
}

/** Tries only those that wait for it. */
function observeAccepting(observed: Observed, { statuses, desired, accepting }: AcceptContext): Observed {
  const subjects = observed.containers.flatMap((container): readonly AcceptSubject[] => {
    const { id, startedAt } = container;
    const address = statuses.find((status) => status.id === id)?.addresses.find(isIPv4);
    const ports = tcpPortsOf(container, desired);
    if (address === undefined || ports.length === 0 || !waitsToAccept(container, observed, desired))
      return [];
    return [{ key: keyOf({ id, startedAt }), address, ports }];
  });
  const open = accepting.accepting(subjects);
  const tried = new Set(subjects.map(({ key }) => key));
  const containers = observed.containers.map((container) => {
    const key = keyOf(container);
    return tried.has(key) ? { ...container, accepts: open.has(key) } : container;
  });
  return { ...observed, containers };
}

const keyOf = ({
  id,
  startedAt,
}: Pick<ObservedContainer, "id"> & { readonly startedAt?: number | undefined }): string =>
  `${id} ${startedAt}`;

/** It runs, has no healthcheck, is behind none of its ports yet, and has not been waited for long enough. */
function waitsToAccept(
  container: ObservedContainer,
  { routes }: Pick<Observed, "routes">,
  { stacks }: Desired,
): boolean {
  const { state, health, stack: name } = container;
  if (state !== "running" || health !== undefined || joinedPorts(container, routes).length > 0) return false;
  const stack = stacks.find((each) => each.stack.name === name)?.stack;
  const service = stack?.services.find((each) => each.name === container.service);
  const isReady =
    service && readinessOf({ ...container, accepts: false }, service, Date.now()).kind === "ready";
  return isReady !== true;
}

/** That it was made with, whatever its service publishes by now. */
function tcpPortsOf({ stack: name, ports = [] }: ObservedContainer, { stacks }: Desired): readonly number[] {
  if (!stacks.some(({ stack }) => stack.name === name)) return [];
  const tcp = ports.filter(({ protocol }) => protocol === "tcp");
  return [...new Set(tcp.map(({ containerPort }) => containerPort))];
}

/** Sockets of the host on ports that a stack is to publish and does not yet. */
export async function observeListeners(
  runtime: Pick<RuntimeReader, "listeners">,
  { desired, observed }: { readonly desired: Desired; readonly observed: Observed },
): Promise<readonly Listener[]> {
  const wanted = desired.stacks
    .flatMap(({ stack }) => stack.services)
    .flatMap(({ ports }) => ports.flatMap(candidatesOf));
  const ours = observed.containers.flatMap((container) => [
    ...joinedPorts(container, observed.routes),
    ...(container.ports ?? []).filter(({ byPlugins }) => byPlugins),
  ]);
  const known = new Set(ours.map((route) => `${route.protocol}/${route.hostPort}`));
  const found = await runtime.listeners(
    wanted.filter((port) => !known.has(`${port.protocol}/${port.hostPort}`)),
  );
  return found.map((listener) => {
    const { address, port, protocol, process } = listener;
    const owner = process === undefined ? "another program" : `${process.command} (process ${process.pid})`;
    return { address, port, protocol, owner };
  });
}

function hasPorts({ stack }: Desired["stacks"][number]): boolean {
  return stack.services.some(({ ports }) => ports.length > 0);
}

async function observeImages(
  runtime: Pick<Host, "images">,
  stacks: Desired["stacks"],
): Promise<Observed["images"]> {
  const references = new Set(
    stacks.flatMap(({ stack }) => stack.services.map(({ container }) => container.image)),
  );
  const found = await Promise.all(
    [...references].map(async (reference): Promise<readonly (readonly [string, ObservedImage])[]> => {
      const image = await runtime.images.find(reference).catch(onlyUsable);
      return image === undefined ? [] : [[reference, { ...image, onDisk: isAbsolute(reference) }]];
    }),
  );
  return Object.fromEntries(found.flat());
}

/** An image that cannot be read is as good as absent: the attempt to get it will say what is wrong, to its stack alone. */
function onlyUsable(error: unknown): undefined {
  if (error instanceof TallymanError) return undefined;
  throw error;
}
