/**
 * The steps of `pre_start`: each is a job of its own, which the service and the steps after it wait for. So they run once
 * for each change of the service, before any replica of it is replaced, and what fails is told as of any job.
 */
import type { ContainerSpec } from "../../model/container-spec.ts";
import { isServiceName, serviceName, type ServiceName } from "../../model/ids.ts";
import type { JsonObject } from "../../model/json.ts";
import { replacementSpec } from "../../model/spec-hash.ts";
import type { Dependency, Service } from "../../model/stack.ts";
import { type Checking, errorAt, warningAt } from "../../document/checking.ts";
import type { CanonicalPreStart } from "../canonical-hooks.ts";
import type { CanonicalService } from "../canonical-stack.ts";
import { hookOf } from "./hooks.ts";
import { imageName, type ImageContext } from "./image.ts";

interface PreStartContext extends ImageContext {
  readonly path: string;
  readonly checking: Checking;
  /** Whether the file has a service of this name. */
  readonly isTaken: (name: string) => boolean;
}

/** The service, after the jobs that it waits for. */
export function withPreStart(
  service: Service,
  { pre_start: steps = [] }: CanonicalService,
  context: PreStartContext,
): readonly Service[] {
  const jobs: Service[] = [];
  for (const [index, step] of steps.entries()) {
    const path = `${context.path}.pre_start[${index}]`;
    const name = nameOf(service, index, { ...context, path });
    if (name === undefined) return [service];
    if (step.per_replica === true) warnOfReplicas({ ...context, path });
    const dependsOn = [...service.dependsOn, ...jobs.map(({ name: earlier }) => completed(earlier))];
    jobs.push(jobOf(service, { step, index, name, dependsOn, context: { ...context, path } }));
  }
  const dependsOn = [...service.dependsOn, ...jobs.map(({ name }) => completed(name))];
  return [...jobs, jobs.length === 0 ? service : { ...service, dependsOn }];
}

function warnOfReplicas({ path, checking }: Pick<PreStartContext, "path" | "checking">): void {
  warningAt(checking, `${path}.per_replica`, {
    code: "unsupported-value",
    message: `${path}.per_replica is not supported yet: the step runs once, before all replicas`,
    hint: "Write false, or have each replica do it itself when it starts.",
  });
}

function nameOf(
  { name: service }: Service,
  index: number,
  { path, checking, isTaken }: PreStartContext,
): ServiceName | undefined {
  const name = `${service}-pre-start-${index + 1}`;
  if (isServiceName(name) && !isTaken(name)) return serviceName(name);
  errorAt(checking, path, {
    code: "invalid-name",
    message: `${path} would be called ${name}, ${isTaken(name) ? "as a service is" : "which is too long"}`,
    hint: "Give the service another name.",
  });
  return undefined;
}

function completed(service: ServiceName): Dependency {
  return { service, condition: "completed", required: true };
}

interface Job {
  readonly step: CanonicalPreStart;
  readonly index: number;
  readonly name: ServiceName;
  readonly dependsOn: readonly Dependency[];
  readonly context: PreStartContext;
}

function jobOf(service: Service, { step, index, name, dependsOn, context }: Job): Service {
  const { pullPolicy, joins, containerJoins, update } = service;
  return {
    name,
    prepares: service.name,
    container: containerOf(service.container, step, context),
    replicas: 1,
    job: true,
    pullPolicy,
    restart: { condition: "none", delayMs: 0, windowMs: 0, byExitCode: true },
    ...(update && { update }),
    dependsOn,
    ...(joins && { joins }),
    ...(containerJoins && { containerJoins }),
    ports: [],
    source: sourceOf(service, index),
  };
}

/** Of the service alone. */
const own: ReadonlySet<string> = new Set([
  "command",
  "healthcheck",
  "hostname",
  "postStart",
  "preStop",
  "probes",
]);

/** It has what the service has to work with, and nothing by which others know the service. */
function containerOf(
  service: ContainerSpec,
  step: CanonicalPreStart,
  context: PreStartContext,
): ContainerSpec {
  const { command, environment, user, workingDir, privileged } = hookOf(step, context);
  const networks = service.networks?.map(({ network, interfaceName }) => ({
    network,
    aliases: [],
    ...(interfaceName !== undefined && { interfaceName }),
  }));
  return {
    ...(Object.fromEntries(Object.entries(service).filter(([key]) => !own.has(key))) as typeof service),
    ...(step.image !== undefined && { image: imageOf(step.image, context) }),
    entrypoint: command,
    environment: { ...service.environment, ...environment },
    ...(user !== undefined && { user }),
    ...(workingDir !== undefined && { workingDir }),
    privileged: service.privileged || privileged,
    ...(networks && { networks }),
  };
}

function imageOf(written: string, context: PreStartContext): string {
  const name = imageName(written, context);
  if (name !== undefined) return name;
  errorAt(context.checking, `${context.path}.image`, {
    code: "invalid-reference",
    message: `${context.path}.image is ${JSON.stringify(written)}, which names no image`,
    hint: "Write a name in lower case, such as nginx:1.27, or ./ in front of a path.",
  });
  return "";
}

/** Whatever changes of the service, or of its steps, has all of them run again. */
function sourceOf({ source }: Service, index: number): JsonObject {
  return { service: replacementSpec(source), step: index + 1 };
}
