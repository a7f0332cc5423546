import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { VirtualAddresses } from "../../../src/runtime/names/virtual-addresses.ts";

const whole = [{ first: "fd00:1::1", last: "fd00:1::ffff:ffff:ffff:fffe" }];
const upperHalf = [{ first: "fd00:1::8000:0:0:0", last: "fd00:1::ffff:ffff:ffff:fffe" }];
const allButTwo = [
  { first: "fd00:1::c000:0:0:0", last: "fd00:1::d000:0:0:0" },
  { first: "fd00:1::d000:0:0:2", last: "fd00:1::ffff:ffff:ffff:fffd" },
];

test.each([
  ["fd00:1::/64", whole, []],
  ["fd00:1::/64", upperHalf, []],
  ["fd00:1::/64", allButTwo, ["fd00:1::d000:0:0:1", "fd00:1::ffff:ffff:ffff:fffe"]],
  ["10.1.0.0/24", [{ first: "10.1.0.1", last: "10.1.0.254" }], []],
  ["10.1.0.0/24", [{ first: "10.1.0.195", last: "10.1.0.254" }], ["10.1.0.192", "10.1.0.193", "10.1.0.194"]],
  ["10.1.0.0/29", [{ first: "10.1.0.2", last: "10.1.0.5" }], ["10.1.0.6"]],
])("services have what containers leave them of %s", async (cidr, used, left) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "addresses-"));
  const addresses = new VirtualAddresses({ dataDir: folder.path, runDir: folder.path });
  const given: string[] = [];
  for (let nth = 0; ; nth += 1) {
    const address = await addresses.give(`service-${nth}`, { network: "front", cidr, used });
    if (address === undefined) break;
    given.push(address);
  }
  expect(given.toSorted()).toEqual(left);
});
