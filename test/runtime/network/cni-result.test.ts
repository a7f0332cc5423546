import { expect, it } from "vitest";
import { addressesIn } from "../../../src/runtime/network/cni-result.ts";

it.each([
  ["0.1.0", { ip4: { ip: "198.19.40.2/29" } }, ["198.19.40.2"]],
  ["0.2.0", { ip4: { ip: "198.19.40.2/29" }, ip6: { ip: "2001:db8::2/64" } }, ["198.19.40.2", "2001:db8::2"]],
  ["0.3.1", { ips: [{ version: "4", address: "198.19.40.2/29" }] }, ["198.19.40.2"]],
  [
    "1.0.0",
    { ips: [{ address: "198.19.40.2/29" }, { address: "2001:db8::2/64" }] },
    ["198.19.40.2", "2001:db8::2"],
  ],
  ["1.0.0, without addresses", { interfaces: [{ name: "eth0" }] }, []],
])("addresses are read from a result of version %s", (cniVersion, result, addresses) => {
  expect(addressesIn({ cniVersion, ...result })).toEqual(addresses);
});
