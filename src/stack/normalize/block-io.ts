/** `blkio_config`: weights and rates of disks. */
import type { BlockIo, DeviceValue } from "../../model/container-spec.ts";
import { type Checking, errorAt } from "../../document/checking.ts";
import { parseSize } from "../../document/size.ts";
import type { CanonicalRate, CanonicalService } from "../canonical-stack.ts";
import { within } from "./within.ts";

interface Context {
  readonly path: string;
  readonly checking: Checking;
}

export function blockIoOf({ blkio_config: config }: CanonicalService, context: Context): BlockIo | undefined {
  if (config === undefined) return undefined;
  const path = `${context.path}.blkio_config`;
  const at = (key: string): Context => ({ ...context, path: `${path}.${key}` });
  const weight =
    config.weight === undefined || config.weight === 0 ? undefined : weightIn(config.weight, at("weight"));
  const weights = (config.weight_device ?? []).flatMap(({ path: device, weight: value }, index) => {
    const here = at(`weight_device[${index}]`);
    return deviceValue(device, value === undefined ? undefined : weightIn(value, here), here);
  });
  const rates = (key: RateKey): readonly DeviceValue[] =>
    (config[key] ?? []).flatMap(({ path: device, rate }, index) =>
      deviceValue(device, rateIn(rate), at(`${key}[${index}]`)),
    );
  const lists = {
    deviceWeights: weights,
    readBps: rates("device_read_bps"),
    writeBps: rates("device_write_bps"),
    readIops: rates("device_read_iops"),
    writeIops: rates("device_write_iops"),
  };
  return {
    ...(weight === undefined ? {} : { weight }),
    ...Object.fromEntries(Object.entries(lists).filter(([, values]) => values.length > 0)),
  };
}

type RateKey = "device_read_bps" | "device_write_bps" | "device_read_iops" | "device_write_iops";

function weightIn(weight: number, context: Context): number | undefined {
  return within(weight, context, { least: 10, most: 1000, hint: "500 is the weight of who asks for none." });
}

/** Sizes and bare numbers alike. */
function rateIn(rate: CanonicalRate["rate"]): number | undefined {
  const value = parseSize(rate ?? "");
  return value === 0 ? undefined : value;
}

function deviceValue(
  device: string | undefined,
  value: number | undefined,
  { path, checking }: Context,
): readonly DeviceValue[] {
  if (device?.startsWith("/") === true && value !== undefined) return [{ path: device, value }];
  errorAt(checking, path, {
    code: "invalid-value",
    message: `${path} needs the path of a device and a value above 0`,
    hint: "Write such as {path: /dev/sda, rate: 10mb}.",
  });
  return [];
}
