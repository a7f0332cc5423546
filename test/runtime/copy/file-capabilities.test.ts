import { expect, test } from "vitest";
import { capabilitiesInside, capabilitiesOutside } from "../../../src/runtime/copy/file-capabilities.ts";
import { mappedOwners, sameOwners } from "../../../src/runtime/copy/owners.ts";

const mapped = mappedOwners({ first: 0x10000, count: 65_536 });

/** CAP_NET_BIND_SERVICE, effective; of version 2, and of version 3 for the root with the id 0x10000, or 7. */
const plain = "0100000200040000000000000000000000000000";
const ofMapped = "010000030004000000000000000000000000000000000100";
const ofOther = "010000030004000000000000000000000000000007000000";

const hex = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && Buffer.from(bytes).toString("hex");

test.each([
  ["the host's own stay", sameOwners, plain, plain],
  ["those for the root of some user namespace are none", sameOwners, ofMapped, undefined],
  ["those of the container's root are root's, as it sees them", mapped, ofMapped, plain],
  ["those of another root are none", mapped, ofOther, undefined],
  ["what is no such attribute is left as it is", mapped, "01", "01"],
])("inside, %s", (_, owners, read, seen) => {
  expect(hex(capabilitiesInside(Buffer.from(read, "hex"), owners))).toBe(seen);
});

test.each([
  ["root's are root's", sameOwners, plain, plain],
  ["root's are those of the container's root", mapped, plain, ofMapped],
  ["others are left for the kernel to judge", mapped, ofOther, ofOther],
])("outside, %s", (_, owners, seen, written) => {
  expect(hex(capabilitiesOutside(Buffer.from(seen, "hex"), owners))).toBe(written);
});
