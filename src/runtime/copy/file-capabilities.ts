/**
 * The attribute security.capability (capabilities(7)): of version 2 for the root of whoever reads it; of version 3 it
 * ends with the id of the root that it is for. One side of a copy is not told of the other's ids.
 */
import type { Owners } from "./owners.ts";

export const fileCapabilities = "security.capability";

const versionMask = 0xff000000;
const version2 = 0x02000000;
const version3 = 0x03000000;
const idAt = 20;

/** As the side itself sees what this process has read; undefined where it is for another root than the side's. */
export function capabilitiesInside(value: Uint8Array, owners: Owners): Uint8Array | undefined {
  const { version, view } = parse(value);
  if (version !== version3 || value.length < idAt + 4) return value;
  if (owners.inside(view.getUint32(idAt, true)) !== 0) return undefined;
  return withVersion(value.subarray(0, idAt), version2);
}

/** As this process has to write what the side is to see. */
export function capabilitiesOutside(value: Uint8Array, owners: Owners): Uint8Array {
  const rootId = owners.outside(0);
  if (rootId === 0 || parse(value).version !== version2) return value;
  const longer = new Uint8Array(idAt + 4);
  longer.set(value.subarray(0, idAt));
  new DataView(longer.buffer).setUint32(idAt, rootId, true);
  return withVersion(longer, version3);
}

function parse(value: Uint8Array): { readonly version: number; readonly view: DataView } {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return { version: value.length < 4 ? 0 : (view.getUint32(0, true) & versionMask) >>> 0, view };
}

/** The flags beside the version stay. */
function withVersion(value: Uint8Array, version: number): Uint8Array {
  const copy = Uint8Array.from(value);
  const view = new DataView(copy.buffer);
  view.setUint32(0, ((view.getUint32(0, true) & ~versionMask) | version) >>> 0, true);
  return copy;
}
