/** A canonical service as the spec of its containers: every default filled in, every path absolute. */
import { allCapabilities, capabilityName } from "../../model/capabilities.ts";
import type { ContainerSpec, NetworkMode, Ulimit } from "../../model/container-spec.ts";
import { ulimitNames } from "../../model/ulimits.ts";
import { nearest } from "../../model/nearest.ts";
import type { CanonicalService } from "../canonical-stack.ts";
import { errorAt } from "../../document/checking.ts";
import { parseSize } from "../../document/size.ts";
import { parseDuration } from "../../document/duration.ts";
import { isJoin } from "../joins.ts";
import { devicesOf, deviceRules } from "./devices.ts";
import { normalizeHealthcheck } from "./healthcheck.ts";
import { hooksOf } from "./hooks.ts";
import { imageName } from "./image.ts";
import { logLimits } from "./logging.ts";
import { type MountContext, mountsOf } from "./mounts.ts";
import { type NameContext, nameLookup } from "./name-lookup.ts";
import { namespacesOf } from "./namespaces.ts";
import { normalizeProbes } from "./probes.ts";
import { resourceLimits } from "./resources.ts";
import { securityOptions } from "./security.ts";
import { isDomain } from "./is-domain.ts";
import { type NetworkContext, networksOf } from "./service-networks.ts";
import { within } from "./within.ts";

/** As Docker has it. */
const defaultStopGraceMs = 10_000;

type ServiceContext = MountContext & NetworkContext & NameContext;

export function containerSpec(service: CanonicalService, context: ServiceContext): ContainerSpec {
  return {
    image: imageOf(service, context),
    ...(service.runtime === undefined ? {} : { runtime: service.runtime }),
    ...(service.entrypoint === undefined ? {} : { entrypoint: service.entrypoint }),
    ...(service.command === undefined ? {} : { command: service.command }),
    environment: sorted(service.environment),
    ...(service.working_dir === undefined ? {} : { workingDir: service.working_dir }),
    ...(service.user === undefined ? {} : { user: service.user }),
    ...(service.hostname === undefined ? {} : { hostname: hostnameOf(service.hostname, context) }),
    ...domainnameOf(service, context),
    ...(service.group_add === undefined ? {} : { groupAdd: service.group_add }),
    labels: sorted(service.labels),
    ...(service.annotations === undefined ? {} : { annotations: sorted(service.annotations) }),
    mounts: mountsOf(service, context),
    readOnly: service.read_only ?? false,
    init: service.init ?? false,
    ...(service.tty === true && { terminal: true }),
    ...(service.stdin_open === true && { stdin: "open" }),
    capAdd: capabilities("cap_add", service, context),
    capDrop: capabilities("cap_drop", service, context),
    privileged: service.privileged ?? false,
    security: securityOptions(service, context),
    ...devicesOf(service, context),
    ...deviceRules(service, context),
    ...namespacesOf(service, context),
    ...memoryOf(service, context),
    sysctls: sorted(service.sysctls),
    ulimits: ulimitsOf(service, context),
    resources: resourceLimits(service, context),
    network: networkMode(service, context),
    ...joinedNetworks(service, context),
    ...nameLookup(service, context),
    ...(service.stop_signal === undefined ? {} : { stopSignal: service.stop_signal }),
    stopGraceMs: parseDuration(service.stop_grace_period ?? "") ?? defaultStopGraceMs,
    ...(service.healthcheck === undefined
      ? {}
      : { healthcheck: normalizeHealthcheck(service.healthcheck, context) }),
    ...probesOf(service, context),
    ...hooksOf(service, context),
    ...(service.logging === undefined ? {} : { log: logLimits(service.logging, context) }),
  };
}

function probesOf(service: CanonicalService, context: MountContext): Pick<ContainerSpec, "probes"> {
  const probes = normalizeProbes(service, context);
  return probes === undefined ? {} : { probes };
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

function domainnameOf(
  { domainname }: CanonicalService,
  { path, checking }: MountContext,
): Pick<ContainerSpec, "domainname"> {
  if (domainname === undefined) return {};
  if (domainname.length > 64 || !isDomain(domainname)) {
    errorAt(checking, `${path}.domainname`, {
      code: "invalid-name",
      message: `${path}.domainname is ${JSON.stringify(domainname)}, which no domain can be called`,
      hint: "Write up to 64 letters, digits, dots and dashes, such as example.org.",
    });
  }
  return { domainname };
}

function capabilities(
  key: "cap_add" | "cap_drop",
  service: CanonicalService,
  { path, checking }: MountContext,
): readonly string[] {
  const names = service[key] ?? [];
  names.forEach((name, index) => {
    if (capabilityName(name) !== undefined) return;
    const meant = nearest(
      name.replace(/^cap_/i, ""),
      allCapabilities.map((each) => each.slice("CAP_".length)),
    );
    errorAt(checking, `${path}.${key}[${index}]`, {
      code: "invalid-value",
      message: `${path}.${key}[${index}] is ${JSON.stringify(name)}, which is no capability`,
      hint: meant === undefined ? "See capabilities(7) for the names." : `Did you mean \`${meant}\`?`,
    });
  });
  return names.toSorted();
}

function ulimitsOf({ ulimits }: CanonicalService, { path, checking }: MountContext): readonly Ulimit[] {
  return Object.entries(sorted(ulimits)).map(([name, { soft, hard }]) => {
    const reject = (message: string, hint: string): void =>
      errorAt(checking, `${path}.ulimits.${name}`, { code: "invalid-value", message, hint });
    const ceiling = hard === -1 ? Infinity : hard;
    if (!ulimitNames.includes(name)) {
      const meant = nearest(name, ulimitNames);
      const known = `Known are ${ulimitNames.join(", ")}.`;
      reject(`there is no ulimit ${name}`, meant === undefined ? known : `Did you mean \`${meant}\`?`);
    } else if (soft < -1 || hard < -1 || (soft === -1 ? Infinity : soft) > ceiling) {
      reject(
        `${path}.ulimits.${name} has the soft limit ${soft} and the hard limit ${hard}`,
        "Write -1 for no limit; soft is at most hard.",
      );
    }
    return { name, soft, hard };
  });
}

function memoryOf(
  { shm_size: shmSize, oom_score_adj: score }: CanonicalService,
  { path, checking }: MountContext,
): Pick<ContainerSpec, "shmSizeBytes" | "oomScoreAdj"> {
  const hint = "Write a number from -1000 (never) to 1000 (first).";
  const oomScoreAdj = within(
    score,
    { path: `${path}.oom_score_adj`, checking },
    { least: -1000, most: 1000, hint },
  );
  const shmSizeBytes = parseSize(shmSize ?? "");
  if (shmSizeBytes === 0) {
    errorAt(checking, `${path}.shm_size`, {
      code: "invalid-value",
      message: `${path}.shm_size is 0, which is no size for /dev/shm`,
      hint: "Write a size such as 128m, or remove it: 64m is the default.",
    });
  }
  return {
    ...(shmSizeBytes === undefined ? {} : { shmSizeBytes }),
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
  };
}

function networkMode(
  { network_mode: mode = "bridge" }: CanonicalService,
  context: MountContext,
): NetworkMode {
  if (mode === "none" || mode === "host" || mode === "bridge") return mode;
  if (isJoin(mode)) return "joined";
  if (mode !== "default") {
    errorAt(context.checking, `${context.path}.network_mode`, {
      code: "unsupported-value",
      message: `${context.path}.network_mode is ${JSON.stringify(mode)}, which is not supported`,
      hint: "Write none, host, bridge, service:NAME or container:NAME.",
    });
  }
  return "bridge";
}

function joinedNetworks(service: CanonicalService, context: ServiceContext): Pick<ContainerSpec, "networks"> {
  const networks = networksOf(service, context);
  return networks === undefined ? {} : { networks };
}

function sorted<Value>(record: Readonly<Record<string, Value>> = {}): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
