/** Checks what else the file says of a service with `x-schedule`, and of those that count on it. */
import { type Checking, errorAt } from "../document/checking.ts";
import type { CanonicalService, CanonicalStack } from "./canonical-stack.ts";
import { joinsOf } from "./joins.ts";
import { linksOf } from "./links.ts";

interface At {
  readonly path: string;
  readonly checking: Checking;
}

export function checkSchedule(
  service: CanonicalService,
  { path, checking, stack }: At & { readonly stack: CanonicalStack },
): void {
  for (const key of awaitedKeys(service, stack)) {
    errorAt(checking, `${path}.${key.at}`, {
      code: "conflicting-keys",
      message: `${path}.${key.at} names ${key.service}, which runs by its schedule alone: nothing can count on it`,
      hint: `Remove it, or remove x-schedule from ${key.service}.`,
    });
  }
  if (service["x-schedule"] === undefined) return;
  for (const [key, isSaid, hint] of senseless) {
    if (!isSaid(service)) continue;
    errorAt(checking, `${path}.${key}`, {
      code: "conflicting-keys",
      message: `${path}.${key} makes no sense with x-schedule: the service runs to its end, in one container for each time`,
      hint,
    });
  }
}

const senseless: readonly (readonly [
  key: string,
  isSaid: (service: CanonicalService) => boolean,
  hint: string,
])[] = [
  ["ports", ({ ports = [] }) => ports.length > 0, "Remove ports: nobody is there to be reached."],
  [
    "healthcheck",
    ({ healthcheck }) => healthcheck !== undefined && healthcheck.disable !== true,
    "Remove healthcheck: how the run has ended is what counts.",
  ],
  [
    "x-probe",
    (service) => service["x-probe"] !== undefined,
    "Remove x-probe: how the run has ended is what counts.",
  ],
  ["scale", ({ scale }) => scale !== undefined, "Remove scale; concurrency says whether runs may overlap."],
  [
    "deploy.replicas",
    ({ deploy }) => deploy?.replicas !== undefined,
    "Remove deploy.replicas; concurrency says whether runs may overlap.",
  ],
  [
    "deploy.mode",
    ({ deploy }) => deploy?.mode !== undefined,
    "Remove deploy.mode: what has a schedule is a job.",
  ],
  [
    "deploy.restart_policy.condition",
    ({ deploy }) => deploy?.restart_policy?.condition === "any",
    "Write none, or on-failure with max_attempts for another attempt at a run.",
  ],
  [
    "restart",
    ({ restart }) => restart === "always" || restart === "unless-stopped",
    'Write "no", or on-failure:3 for up to three more attempts at a run.',
  ],
];

/** Where a service names one that has a schedule. */
function awaitedKeys(
  service: CanonicalService,
  { services }: CanonicalStack,
): readonly { readonly at: string; readonly service: string }[] {
  const named = [
    ...Object.keys(service.depends_on ?? {}).map((name) => ({ at: `depends_on.${name}`, service: name })),
    ...joinsOf(service).map(({ key, service: name }) => ({ at: key, service: name })),
    ...linksOf(service).map(({ service: name }, index) => ({ at: `links[${index}]`, service: name })),
  ];
  return named.filter(({ service: name }) => services[name]?.["x-schedule"] !== undefined);
}
