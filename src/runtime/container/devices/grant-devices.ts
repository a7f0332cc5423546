/** Looks up on the host what a container asks for of its devices. */
import { statSync } from "node:fs";
import type { BlockIo, ContainerSpec, Device, DeviceValue } from "../../../model/container-spec.ts";
import { TallymanError } from "../../../model/error.ts";
import type { Granted } from "../spec/granted.ts";
import type { EngineSettings } from "../../settings.ts";
import { applyEdits } from "./cdi/apply-edits.ts";
import { findCdiDevices } from "./cdi/find-devices.ts";
import type { OciBlockIo, OciDevice, OciDeviceNumber, OciDeviceRule } from "../spec/oci-spec.ts";
import { deviceNodesAt, deviceNumber } from "./device-node.ts";

/** Throws DEVICE_MISSING or CDI_DEVICE_MISSING for what the host does not have. */
export async function grantDevices(
  { devices = [], resources }: ContainerSpec,
  { cdiFolders }: Pick<EngineSettings, "cdiFolders">,
): Promise<Granted> {
  const blockIo = resources.blockIo && blockIoOf(resources.blockIo);
  const nodes = devices.flatMap((device) => (device.kind === "host" ? hostDevice(device) : []));
  const named = devices.flatMap((device) => (device.kind === "cdi" ? [device.name] : []));
  const cdi = applyEdits(await findCdiDevices(named, cdiFolders));
  return {
    ...cdi,
    devices: [...nodes.map(({ node }) => node), ...cdi.devices],
    rules: [...nodes.map(ruleOf), ...cdi.rules],
    ...(blockIo && { blockIo }),
  };
}

interface HostDevice {
  readonly node: OciDevice;
  readonly access: string;
}

function ruleOf({ node: { type, major, minor }, access }: HostDevice): OciDeviceRule {
  return { allow: true, type: type === "b" ? "b" : "c", major, minor, access };
}

function hostDevice({ source, target, permissions }: Device & { kind: "host" }): readonly HostDevice[] {
  const nodes = deviceNodesAt(source, target);
  if (nodes.length > 0) return nodes.map((node) => ({ node, access: permissions }));
  throw new TallymanError("DEVICE_MISSING", `${source} is no device of this host`, {
    hint: "Correct `devices`, or load the driver that makes it.",
  });
}

function blockIoOf(limits: BlockIo): OciBlockIo {
  const rates = (
    values: readonly DeviceValue[] = [],
  ): readonly (OciDeviceNumber & { readonly rate: number })[] =>
    values.map(({ path, value }) => ({ ...numberOf(path), rate: value }));
  const all: OciBlockIo = {
    ...(limits.weight !== undefined && { weight: limits.weight }),
    weightDevice: (limits.deviceWeights ?? []).map(({ path, value }) => ({
      ...numberOf(path),
      weight: value,
    })),
    throttleReadBpsDevice: rates(limits.readBps),
    throttleWriteBpsDevice: rates(limits.writeBps),
    throttleReadIOPSDevice: rates(limits.readIops),
    throttleWriteIOPSDevice: rates(limits.writeIops),
  };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => !Array.isArray(value) || value.length > 0),
  );
}

function numberOf(path: string): OciDeviceNumber {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isBlockDevice() === true) return deviceNumber(stat);
  throw new TallymanError("DEVICE_MISSING", `${path} is no disk of this host`, {
    hint: "Correct `blkio_config`: it needs block devices, such as /dev/sda.",
  });
}
