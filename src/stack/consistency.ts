/** Checks what the schema cannot see: what one part of the file says about another. */
import { isServiceName } from "../model/ids.ts";
import { canonicalAddress } from "../model/host-address.ts";
import { portsMeet, type HeldPort } from "../model/route.ts";
import type { CanonicalPort, CanonicalService, CanonicalStack } from "./canonical-stack.ts";
import { checkHostNames } from "./check-host-names.ts";
import { checkLinks } from "./check-links.ts";
import { checkSchedule } from "./check-schedule.ts";
import { checkUpdates } from "./check-updates.ts";
import { joinsOf } from "./joins.ts";
import { linksOf } from "./links.ts";
import { type Checking, errorAt } from "../document/checking.ts";
import { nearest } from "../model/nearest.ts";

/** More than one host can carry; what follows dependencies from service to service counts on it. */
const maxServices = 1_000;

export function checkConsistency(stack: CanonicalStack, checking: Checking): void {
  checkAnyService(stack, checking);
  if (Object.keys(stack.services).length > maxServices) {
    errorAt(checking, "services", {
      code: "too-large",
      message: `the file names more than ${maxServices} services`,
      hint: "Write several stacks, each in a folder of its own.",
    });
    return;
  }
  for (const [name, service] of Object.entries(stack.services)) {
    const path = `services.${name}`;
    checkName(name, checking);
    checkImage(service, { path, checking });
    checkReplicas(service, { path, checking });
    checkLimits(service, { path, checking });
    checkDependencies(service, { path, checking, stack });
    checkJoins(service, { path, checking, stack });
    checkLinks(service, { path, checking, stack });
    checkVolumes(service, { path, checking, stack });
    checkSchedule(service, { path, checking, stack });
    checkUpdates(service, { path, checking });
  }
  checkCycles(stack, checking);
  checkHostPorts(stack, checking);
  checkHostNames(stack, checking);
}

interface At {
  readonly path: string;
  readonly checking: Checking;
}

/** An empty file is more likely a mistake than the wish to take everything away. */
function checkAnyService(stack: CanonicalStack, checking: Checking): void {
  if (
    Object.keys(stack.services).length > 0 ||
    stack.inactive.length > 0 ||
    checking.findings.isBroken("services")
  )
    return;
  errorAt(checking, "services", {
    code: "no-services",
    message: "the file names no service",
    hint: "Name one under services; to take a stack away, use tallyman down.",
  });
}

function checkName(name: string, checking: Checking): void {
  if (isServiceName(name)) return;
  errorAt(checking, `services.${name}`, {
    code: "invalid-name",
    message: `${JSON.stringify(name)} cannot be the name of a service`,
    hint: "Use up to 63 letters, digits, dots, dashes and underscores.",
  });
}

function checkImage(service: CanonicalService, { path, checking }: At): void {
  if (service.image !== undefined || checking.findings.isBroken(`${path}.image`)) return;
  const builds = service.build !== undefined;
  errorAt(checking, builds ? `${path}.build` : path, {
    code: "missing-image",
    message: builds ? `${path}.build: build is not supported` : `${path} has no image`,
    hint: builds
      ? "Build and push it elsewhere, and give an image."
      : "Give it an image, such as nginx:1.27.",
  });
}

/** More than one host can carry. */
const maxReplicas = 10_000;

function checkReplicas({ scale, deploy }: CanonicalService, { path, checking }: At): void {
  const replicas = deploy?.replicas;
  for (const [key, count] of [
    ["scale", scale],
    ["deploy.replicas", replicas],
  ] as const) {
    if (count === undefined || (count >= 0 && count <= maxReplicas)) continue;
    errorAt(checking, `${path}.${key}`, {
      code: "invalid-value",
      message: `${path}.${key} is ${count}, but there can only be 0 to ${maxReplicas} replicas`,
      hint: `Write a number from 0 to ${maxReplicas}.`,
    });
  }
  if (scale === undefined || replicas === undefined || scale === replicas) return;
  errorAt(checking, `${path}.scale`, {
    code: "conflicting-keys",
    message: `${path} asks for ${scale} replicas in scale and for ${replicas} in deploy.replicas`,
    hint: "Keep deploy.replicas and remove scale.",
  });
}

function checkLimits(service: CanonicalService, { path, checking }: At): void {
  const limits = service.deploy?.resources?.limits;
  const twice = [
    ["cpus", service.cpus, limits?.cpus, "cpus"],
    ["mem_limit", service.mem_limit, limits?.memory, "memory"],
    ["pids_limit", service.pids_limit, limits?.pids, "pids"],
  ] as const;
  for (const [key, value, limit, limitKey] of twice) {
    if (value === undefined || limit === undefined || value === limit) continue;
    errorAt(checking, `${path}.${key}`, {
      code: "conflicting-keys",
      message: `${path}.${key} is ${value}, and deploy.resources.limits.${limitKey} is ${limit}`,
      hint: `Keep deploy.resources.limits.${limitKey} and remove ${key}.`,
    });
  }
}

function checkDependencies(
  service: CanonicalService,
  { path, checking, stack }: At & { stack: CanonicalStack },
): void {
  for (const [name, { required }] of Object.entries(service.depends_on ?? {})) {
    if (Object.hasOwn(stack.services, name) || !required || checking.findings.isBroken(`services.${name}`))
      continue;
    const meant = nearest(name, Object.keys(stack.services));
    errorAt(checking, `${path}.depends_on.${name}`, {
      code: "unknown-service",
      message: `${path} depends on ${name}, which is ${stack.inactive.includes(name) ? "left out" : "no service of this stack"}`,
      hint: stack.inactive.includes(name)
        ? `Remove profiles from ${name}, or set required: false.`
        : meant === undefined
          ? "Add the service, or remove the dependency."
          : `Did you mean \`${meant}\`?`,
    });
  }
}

function checkJoins(
  service: CanonicalService,
  { path, checking, stack }: At & { stack: CanonicalStack },
): void {
  for (const { key, service: name } of joinsOf(service)) {
    const joined = Object.hasOwn(stack.services, name) ? stack.services[name] : undefined;
    const meant = nearest(name, Object.keys(stack.services));
    const replicas = joined?.deploy?.replicas ?? joined?.scale ?? 1;
    if (joined === undefined) {
      errorAt(checking, `${path}.${key}`, {
        code: "unknown-service",
        message: `${path}.${key} names ${name}, which is ${stack.inactive.includes(name) ? "left out" : "no service of this stack"}`,
        hint:
          meant === undefined ? "Add the service, or remove the key." : `Did you mean \`service:${meant}\`?`,
      });
    } else if (replicas !== 1) {
      errorAt(checking, `${path}.${key}`, {
        code: "unsupported-value",
        message: `${path}.${key} names ${name}, which has ${replicas} replicas`,
        hint: "Only a service with one replica can share its namespaces.",
      });
    } else if (key === "ipc" && joined.ipc !== "shareable") {
      errorAt(checking, `${path}.${key}`, {
        code: "unsupported-value",
        message: `${path}.${key} names ${name}, which keeps its IPC namespace to itself`,
        hint: `Write ipc: shareable for ${name}.`,
      });
    }
  }
}

function checkVolumes(
  service: CanonicalService,
  { path, checking, stack }: At & { stack: CanonicalStack },
): void {
  const targets = new Map<string, string>();
  (service.volumes ?? []).forEach(({ type, source, target }, index) => {
    const at = `${path}.volumes[${index}]`;
    if (targets.has(target)) {
      errorAt(checking, at, {
        code: "duplicate-target",
        message: `${path} has two mounts at ${target}`,
        hint: "Keep one of the two.",
      });
    }
    targets.set(target, at);
    if (type !== "volume" || source === undefined || Object.hasOwn(stack.volumes, source)) return;
    if (checking.findings.isBroken(`volumes.${source}`)) return;
    const meant = nearest(source, Object.keys(stack.volumes));
    errorAt(checking, at, {
      code: "undefined-volume",
      message: `${path} mounts the volume ${source}, which the file does not define`,
      hint:
        meant === undefined
          ? `Add it under volumes at the top level, or write ./${source} for a folder of the host.`
          : `Did you mean \`${meant}\`?`,
    });
  });
}

/** Each cycle is reported once, at the dependency that closes it. */
function checkCycles(stack: CanonicalStack, checking: Checking): void {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    if (done.has(name)) return;
    for (const next of neighboursOf(stack.services[name] ?? {})) {
      const start = [...trail, name].indexOf(next);
      if (start === -1) visit(next, [...trail, name]);
      else {
        errorAt(checking, `services.${name}.${keyOfNeighbour(stack.services[name] ?? {}, next)}`, {
          code: "dependency-cycle",
          message: `services wait for each other: ${[...trail.slice(start), name, next].join(" -> ")}`,
          hint: "Remove one of these dependencies.",
        });
      }
    }
    done.add(name);
  };
  for (const name of Object.keys(stack.services)) visit(name, []);
}

/** The services that must be there first. */
function neighboursOf(service: CanonicalService): readonly string[] {
  const others = [...joinsOf(service), ...linksOf(service)].map(({ service: name }) => name);
  return [...new Set([...Object.keys(service.depends_on ?? {}), ...others])];
}

/** Where the service says that it needs the other one. */
function keyOfNeighbour(service: CanonicalService, neighbour: string): string {
  const join = joinsOf(service).find((each) => each.service === neighbour);
  if (join !== undefined) return join.key;
  const link = linksOf(service).findIndex((each) => each.service === neighbour);
  return Object.hasOwn(service.depends_on ?? {}, neighbour) || link === -1
    ? `depends_on.${neighbour}`
    : `links[${link}]`;
}

function checkHostPorts(stack: CanonicalStack, checking: Checking): void {
  const taken = new Map<string, { readonly port: HeldPort; readonly by: string }[]>();
  for (const [name, service] of Object.entries(stack.services)) {
    (service.ports ?? []).forEach((written, index) => {
      const port = fixedPort(written);
      if (port === undefined) return;
      const key = `${port.hostPort}/${port.protocol}`;
      const others = taken.get(key) ?? [];
      const other = others.find((each) => portsMeet(each.port, port));
      if (other !== undefined) {
        errorAt(checking, `services.${name}.ports[${index}]`, {
          code: "port-conflict",
          message: `port ${port.hostPort} of the host is published twice, by ${other.by} and by services.${name}`,
          hint: "Give one of them another port on the host.",
        });
      }
      taken.set(key, [...others, { port, by: `services.${name}` }]);
    });
  }
}

/** Undefined where it is not said which port it is to be. */
function fixedPort({ published, protocol, host_ip: address }: CanonicalPort): HeldPort | undefined {
  if (published === undefined || !/^[1-9]\d*$/.test(published)) return undefined;
  return {
    hostAddress: canonicalAddress(address ?? "0.0.0.0"),
    hostPort: Number(published),
    protocol: protocol === "udp" ? "udp" : "tcp",
    ...(address === "0.0.0.0" && { ipv4Only: true }),
  };
}
