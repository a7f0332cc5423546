import { expect, it } from "vitest";
import type { NetworkSpec } from "../../../src/model/network.ts";
import { instanceOf } from "../../../src/runtime/instance.ts";
import { SubnetChoice } from "../../../src/runtime/network/subnet-choice.ts";
import { defaultSettings } from "../../../src/runtime/settings.ts";

const instance = instanceOf({ dataDir: "/var/lib/trial" });
const choice = new SubnetChoice({
  instance,
  settings: defaultSettings.network,
  networks: () => Promise.resolve([]),
});
const spec = (driver: string): NetworkSpec => ({
  ...{ name: "edge", driver, options: {}, internal: false, ipv6: false, pools: [], labels: {} },
});

it.each([
  ["bridge", "lan"],
  ["bridge", "macvlan"],
  ["lan", "bridge"],
  ["macvlan", "lan"],
])("a network of driver %s that containers are on does not become one of %s", async (driver, wanted) => {
  const before = { spec: spec(driver), labels: {}, bridge: "tm-0", subnet: "10.9.0.0/20", createdAt: 0 };
  await expect(choice.subnetsFor(spec(wanted), { before, inUse: true })).rejects.toMatchObject({
    code: "NETWORK_IN_USE",
    message: `network edge has the driver ${driver}, and containers`,
  });
});

it.each([
  [{ parent: "eth1" }, "has the parent eth0"],
  [{ parent: "eth0", macvlan_mode: "vepa" }, "has the mode bridge"],
])("a network on a link that containers are on does not get the options %o", async (options, what) => {
  const had = { ...spec("macvlan"), options: { parent: "eth0" } };
  const before = { spec: had, labels: {}, bridge: "tm-0", subnet: "10.9.0.0/20", createdAt: 0 };
  const wanted = { ...had, options };
  await expect(choice.subnetsFor(wanted, { before, inUse: true })).rejects.toMatchObject({
    code: "NETWORK_IN_USE",
    message: `network edge ${what}, and containers`,
  });
});

it("a driver of ours by another name is the same one", async () => {
  const before = { spec: spec("default"), labels: {}, bridge: "tm-0", subnet: "10.9.0.0/20", createdAt: 0 };
  expect(await choice.subnetsFor(spec("bridge"), { before, inUse: true })).toEqual({ subnet: "10.9.0.0/20" });
});
