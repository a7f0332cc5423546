/** What a container is given of the host's devices, looked up: data for the builder of its spec. */
import type { ReadyMount } from "./mounts.ts";
import type { OciBlockIo, OciDevice, OciDeviceRule, OciSpec } from "./oci-spec.ts";

export interface Granted {
  readonly devices: readonly OciDevice[];
  readonly rules: readonly OciDeviceRule[];
  readonly blockIo?: OciBlockIo;
  /** `NAME=value`, over all others. */
  readonly environment: readonly string[];
  readonly groups: readonly number[];
  readonly mounts: readonly ReadyMount[];
  readonly hooks: NonNullable<OciSpec["hooks"]>;
}
