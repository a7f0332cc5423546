/** `devices`, `device_cgroup_rules`, `gpus` and reserved devices as what the engine is to give. */
import type { ContainerSpec, Device } from "../../model/container-spec.ts";
import { entryOf } from "../../model/entry-of.ts";
import { type Checking, errorAt } from "../../document/checking.ts";
import type { CanonicalDevice, CanonicalDeviceReservation, CanonicalService } from "../canonical-stack.ts";
import { isCdiName } from "../forms/devices.ts";

interface Context {
  readonly path: string;
  readonly checking: Checking;
}

export function devicesOf(service: CanonicalService, context: Context): Pick<ContainerSpec, "devices"> {
  const { path } = context;
  const reserved = service.deploy?.resources?.reservations?.devices ?? [];
  const devices = [
    ...(service.devices ?? []).flatMap((device, index) =>
      deviceOf(device, { ...context, path: `${path}.devices[${index}]` }),
    ),
    ...(service.gpus ?? []).flatMap((gpu, index) =>
      reservedOf({ capabilities: ["gpu"], ...gpu }, { ...context, path: `${path}.gpus[${index}]` }),
    ),
    ...reserved.flatMap((reservation, index) =>
      reservedOf(reservation, {
        ...context,
        path: `${path}.deploy.resources.reservations.devices[${index}]`,
      }),
    ),
  ];
  return devices.length === 0 ? {} : { devices };
}

export function deviceRules(
  { device_cgroup_rules: rules }: CanonicalService,
  { path, checking }: Context,
): Pick<ContainerSpec, "deviceRules"> {
  (rules ?? []).forEach((rule, index) => {
    if (/^[abc] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(rule)) return;
    errorAt(checking, `${path}.device_cgroup_rules[${index}]`, {
      code: "invalid-value",
      message: `${path}.device_cgroup_rules[${index}] is ${JSON.stringify(rule)}, which is no rule for devices`,
      hint: 'Write such as "c 13:* rwm": type (a, b or c), numbers, and some of r, w and m.',
    });
  });
  return rules === undefined ? {} : { deviceRules: rules };
}

function deviceOf(
  { source = "", target = "", permissions = "" }: CanonicalDevice,
  { path, checking }: Context,
): readonly Device[] {
  if (isCdiName(source)) return [{ kind: "cdi", name: source }];
  const valid = source.startsWith("/") && target.startsWith("/") && /^[rwm]{1,3}$/.test(permissions);
  if (valid) return [{ kind: "host", source, target, permissions }];
  errorAt(checking, path, {
    code: "invalid-device",
    message: `${path} is no device: it needs absolute paths, and of permissions some of r, w and m`,
    hint: "Write /dev/on-host:/dev/in-container:rwm, or vendor.com/class=name for a CDI device.",
  });
  return [];
}

/** The vendors' kinds of the Container Device Interface, by the name that Compose has for their driver. */
const kinds: Readonly<Record<string, string>> = {
  nvidia: "nvidia.com/gpu",
  amd: "amd.com/gpu",
  intel: "intel.com/gpu",
};

function reservedOf(
  { driver = "nvidia", count, device_ids: ids, capabilities = [] }: CanonicalDeviceReservation,
  { path, checking }: Context,
): readonly Device[] {
  const cdi = (name: string): Device => ({ kind: "cdi", name });
  const reject = (message: string, hint: string): readonly Device[] => {
    errorAt(checking, path, { code: "unsupported-value", message: `${path} ${message}`, hint });
    return [];
  };
  if (driver === "cdi" && ids !== undefined && ids.every(isCdiName)) return ids.map(cdi);
  const kind = entryOf(kinds, driver);
  if (kind === undefined || !capabilities.includes("gpu")) {
    return reject(
      `asks for the driver ${driver} and the capabilities ${capabilities.join(", ") || "(none)"}, which nothing here provides`,
      "GPUs of nvidia, amd and intel can be had with capabilities: [gpu]; name others under devices as vendor.com/class=name.",
    );
  }
  if (ids !== undefined && count !== undefined) {
    return reject("has both count and device_ids", "Keep one of the two.");
  }
  if (ids !== undefined) return ids.map((id) => cdi(`${kind}=${id}`));
  if (count === undefined || count === "all" || count === "-1") return [cdi(`${kind}=all`)];
  if (/^[1-9]\d{0,2}$/.test(count))
    return Array.from({ length: Number(count) }, (_, index) => cdi(`${kind}=${index}`));
  return reject(`has a count of ${JSON.stringify(count)}`, "Write all, or a number from 1 on.");
}
