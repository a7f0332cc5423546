/** Brings every value to one way to write it, so that equal meaning gives an equal tree. Adds no default of ours. */
import type { Findings } from "../document/findings.ts";
import {
  dependencies,
  envFiles,
  labels,
  references,
  strings,
  ulimits,
  variables,
} from "./forms/collections.ts";
import { deviceReservations, devices, gpus } from "./forms/devices.ts";
import { external } from "./forms/external.ts";
import { extraHosts } from "./forms/extra-hosts.ts";
import { each, type Form, items, keys } from "./forms/form.ts";
import { healthcheck } from "./forms/healthcheck.ts";
import { ports } from "./forms/ports.ts";
import { probes } from "./forms/probes.ts";
import { schedule } from "./forms/schedule.ts";
import { network, serviceNetworks } from "./forms/networks.ts";
import { duration, microseconds, size, sizeOrUnlimited, word, words } from "./forms/scalars.ts";
import { volumes } from "./forms/volumes.ts";
import { type MappingNode, scalar } from "../document/node.ts";

export function canonicalize(root: MappingNode, findings: Findings): MappingNode {
  const canonical = file(root, { path: "", findings });
  return canonical?.kind === "mapping" ? canonical : root;
}

const updateConfig = keys({ delay: duration, monitor: duration });

const deploy = keys({
  labels,
  update_config: updateConfig,
  rollback_config: updateConfig,
  restart_policy: keys({ delay: duration, window: duration }),
  resources: keys({
    limits: keys({ memory: size }),
    reservations: keys({ memory: size, devices: deviceReservations }),
  }),
});

const rollout = keys({
  drain_timeout: duration,
  healthy_deadline: duration,
  progress_deadline: duration,
  max_surge: word,
  max_unavailable: word,
  canary: word,
  auto_promote: word,
});

const pullPolicy: Form = (node) =>
  node.kind === "scalar" && node.value === "if_not_present" ? scalar("missing", node.place) : node;

const rates = items(keys({ rate: size }));
const counts = items(keys({ rate: word }));

const hooks = items(keys({ command: words, environment: variables, user: word }));

const service = keys({
  annotations: labels,
  blkio_config: keys({
    device_read_bps: rates,
    device_read_iops: counts,
    device_write_bps: rates,
    device_write_iops: counts,
  }),
  command: words,
  configs: references,
  cpu_period: microseconds,
  cpu_quota: microseconds,
  depends_on: dependencies,
  deploy,
  devices,
  dns: strings,
  dns_search: strings,
  entrypoint: words,
  env_file: envFiles,
  environment: variables,
  extra_hosts: extraHosts,
  gpus,
  group_add: items(word),
  healthcheck,
  label_file: strings,
  labels,
  logging: keys({ options: keys({ "max-size": size }) }),
  mem_limit: size,
  mem_reservation: size,
  memswap_limit: sizeOrUnlimited,
  networks: serviceNetworks,
  ports,
  post_start: hooks,
  pre_start: hooks,
  pre_stop: hooks,
  pull_policy: pullPolicy,
  secrets: references,
  shm_size: size,
  stop_grace_period: duration,
  sysctls: labels,
  tmpfs: strings,
  ulimits,
  volumes,
  "x-probe": probes,
  "x-rollout": rollout,
  "x-schedule": schedule,
});

const file = keys({
  services: each(service),
  volumes: each(external),
  networks: each(network),
  "x-rollout": rollout,
});
