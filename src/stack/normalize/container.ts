/** A canonical service as the spec of its containers: every default filled in, every path absolute. */
import type { ContainerSpec, NetworkMode, ResourceLimits } from "../../model/container-spec.ts";
import type { CanonicalService } from "../canonical-stack.ts";
import { errorAt } from "../../document/checking.ts";
import { parseDuration } from "../../document/duration.ts";
import { parseSize } from "../../document/size.ts";
import { imageName } from "./image.ts";
import { type MountContext, mountsOf } from "./mounts.ts";
import { securityOptions } from "./security.ts";

/** As Docker has it. */
const defaultStopGraceMs = 10_000;

export function containerSpec(service: CanonicalService, context: MountContext): ContainerSpec {
  return {
    image: imageOf(service, context),
    ...(service.entrypoint === undefined ? {} : { entrypoint: service.entrypoint }),
    ...(service.command === undefined ? {} : { command: service.command }),
    environment: sorted(service.environment),
    ...(service.working_dir === undefined ? {} : { workingDir: service.working_dir }),
    ...(service.user === undefined ? {} : { user: service.user }),
    ...(service.hostname === undefined ? {} : { hostname: hostnameOf(service.hostname, context) }),
    labels: sorted(service.labels),
    mounts: mountsOf(service, context),
    readOnly: service.read_only ?? false,
    init: service.init ?? false,
    capAdd: (service.cap_add ?? []).toSorted(),
    capDrop: (service.cap_drop ?? []).toSorted(),
    privileged: service.privileged ?? false,
    security: securityOptions(service, context),
    sysctls: sorted(service.sysctls),
    ulimits: Object.entries(sorted(service.ulimits)).map(([name, { soft, hard }]) => ({ name, soft, hard })),
    resources: resourceLimits(service, context),
    network: networkMode(service, context),
    ...(service.stop_signal === undefined ? {} : { stopSignal: service.stop_signal }),
    stopGraceMs: parseDuration(service.stop_grace_period ?? "") ?? defaultStopGraceMs,
  };
}

function imageOf({ image }: CanonicalService, context: MountContext): string {
  const name = image === undefined ? "" : imageName(image, context);
  if (name !== undefined) return name;
  errorAt(context.checking, `${context.path}.image`, {
    code: "invalid-reference",
    message: `${context.path}.image is ${JSON.stringify(image)}, which names no image`,
    hint: "Write a name in lower case, such as nginx:1.27 or host:5000/team/app, or ./ in front of a path.",
  });
  return "";
}

/** What the kernel and /etc/hosts take. */
function hostnameOf(hostname: string, { path, checking }: MountContext): string {
  if (/^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,62}[a-zA-Z0-9])?$/.test(hostname)) return hostname;
  errorAt(checking, `${path}.hostname`, {
    code: "invalid-name",
    message: `${path}.hostname is ${JSON.stringify(hostname)}, which no host can be called`,
    hint: "Use up to 64 letters, digits, dots and dashes; it begins and ends with a letter or digit.",
  });
  return hostname;
}

/** The least that a container starts with, as in Docker. */
const minMemoryBytes = 6 * 1024 ** 2;
const minCpus = 0.01;
/** More CPUs than any machine has; PID_MAX_LIMIT of the kernel. */
const maxCpus = 100_000;
const maxPids = 2 ** 22;

/** 0 is no limit, and so is -1 for processes. */
function resourceLimits(service: CanonicalService, { path, checking }: MountContext): ResourceLimits {
  const limits = service.deploy?.resources?.limits;
  const cpus = limits?.cpus ?? service.cpus ?? 0;
  const memoryBytes = parseSize(limits?.memory ?? service.mem_limit ?? "0") ?? 0;
  const pids = limits?.pids ?? service.pids_limit ?? 0;
  const outside = (value: number, least: number, most: number): boolean =>
    value !== 0 && (value < least || value > most);
  const reject = (key: string, message: string, hint: string): void =>
    errorAt(checking, `${path}.${key}`, {
      code: "invalid-value",
      message: `${path} has a limit of ${message}`,
      hint,
    });
  if (outside(cpus, minCpus, maxCpus)) {
    reject("cpus", `${cpus} CPUs`, `Write a number from ${minCpus} on, such as 0.5.`);
  }
  if (memoryBytes > 0 && memoryBytes < minMemoryBytes) {
    reject("mem_limit", `${memoryBytes} bytes of memory`, "Write 6m or more, such as 256m.");
  }
  if (outside(pids, -1, maxPids)) {
    reject("pids_limit", `${pids} processes`, `Write a number up to ${maxPids}, or -1 for no limit.`);
  }
  return {
    ...(cpus > 0 ? { cpus } : {}),
    ...(memoryBytes > 0 ? { memoryBytes } : {}),
    ...(pids > 0 ? { pids } : {}),
  };
}

function networkMode(
  { network_mode: mode = "bridge" }: CanonicalService,
  context: MountContext,
): NetworkMode {
  if (mode === "none" || mode === "host" || mode === "bridge") return mode;
  if (mode !== "default") {
    errorAt(context.checking, `${context.path}.network_mode`, {
      code: "unsupported-value",
      message: `${context.path}.network_mode is ${JSON.stringify(mode)}, which is not supported yet`,
      hint: "Write none, host or bridge.",
    });
  }
  return "bridge";
}

function sorted<Value>(record: Readonly<Record<string, Value>> = {}): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
