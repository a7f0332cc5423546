import { expect, test } from "vitest";
import { defaultSettings } from "../../../src/runtime/settings.ts";
import { localSubnet } from "../../../src/runtime/network/local-subnet.ts";
import { chooseSubnet, counterpart, subnetOf } from "../../../src/runtime/network/subnet.ts";

const { pools } = defaultSettings.network;

test("the first free subnet is chosen", () => {
  expect(chooseSubnet(pools, { taken: [], start: 0 })).toBe("10.89.0.0/20");
  const taken = ["192.0.2.0/24", "10.89.3.7", "10.89.16.0/24"];
  expect(chooseSubnet(pools, { taken, start: 0 })).toBe("10.89.32.0/20");
});

test("another start chooses another one, and the search goes round", () => {
  expect(chooseSubnet(pools, { taken: [], start: 1 })).toBe("10.89.16.0/20");
  expect(chooseSubnet(pools, { taken: ["172.16.0.0/12"], start: 127 })).toBe("10.89.0.0/20");
});

test("pools are used one after the other, each in subnets of its size", () => {
  const own = [
    { base: "10.1.0.0/24", size: 25 },
    { base: "10.2.0.0/24", size: 24 },
  ];
  const chosen = [0, 1, 2].map((start) => chooseSubnet(own, { taken: [], start }));
  expect(chosen).toEqual(["10.1.0.0/25", "10.1.0.128/25", "10.2.0.0/24"]);
});

test("a host with routes to everything is told which to remove", () => {
  const taken = ["10.0.0.0/8", "172.16.0.0/12"];
  expect(() => chooseSubnet(pools, { taken, start: 3 })).toThrow(
    expect.objectContaining({ code: "NO_FREE_SUBNET", hint: expect.stringContaining("ip route") as string }),
  );
});

test("the last quarter of a subnet is kept from containers", () => {
  expect(subnetOf("10.89.16.0/20")).toEqual({
    cidr: "10.89.16.0/20",
    prefixLength: 20,
    gateway: "10.89.16.1",
    ranges: [{ first: "10.89.16.2", last: "10.89.27.255" }],
  });
});

test("a range is used whole, without the gateway and what is reserved", () => {
  const pool = {
    subnet: "10.1.0.0/24",
    gateway: "10.1.0.254",
    range: "10.1.0.128/25",
    reserved: ["10.1.0.130", "10.1.0.200"],
  };
  expect(subnetOf(pool.subnet, pool)).toEqual({
    cidr: "10.1.0.0/24",
    prefixLength: 24,
    gateway: "10.1.0.254",
    ranges: [
      { first: "10.1.0.128", last: "10.1.0.129" },
      { first: "10.1.0.131", last: "10.1.0.199" },
      { first: "10.1.0.201", last: "10.1.0.253" },
    ],
  });
});

test("a local subnet of IPv6 is a /64 of the host's own /48: the same each time, and free", () => {
  const request = { host: "one", network: "shop_front", taken: [] };
  const chosen = localSubnet(request);
  expect(chosen).toMatch(/^fd[\da-f]{2}:[\da-f]{1,4}:[\da-f]{1,4}:[\da-f]{1,4}::\/64$/);
  expect(localSubnet(request)).toBe(chosen);
  const site = (subnet: string): string => subnet.split(":").slice(0, 3).join(":");
  const others = [
    localSubnet({ ...request, network: "shop_back" }),
    localSubnet({ ...request, taken: [chosen] }),
  ];
  expect(others.map(site)).toEqual([site(chosen), site(chosen)]);
  expect(new Set([chosen, ...others]).size).toBe(3);
  const elsewhere = [
    localSubnet({ ...request, host: "two" }),
    localSubnet({ ...request, taken: [`${site(chosen)}::/48`] }),
  ];
  expect(elsewhere.map(site)).not.toContain(site(chosen));
});

test.each(["fd00::/8", "fc00::/7", "::/0", "fd00::/9", "fd80::/9"])(
  "a host that routes %s elsewhere still has local subnets of its own",
  (route) => {
    const request = { host: "one", network: "shop_front" };
    expect(localSubnet({ ...request, taken: [route] })).toBe(localSubnet({ ...request, taken: [] }));
  },
);

test("an address of one subnet has a counterpart in another that is large enough", () => {
  expect(counterpart("10.1.2.9", { from: "10.1.2.0/24", to: "fd00:1::/64" })).toBe("fd00:1::9");
  expect(counterpart("10.1.2.9", { from: "10.1.2.0/24", to: "fd00:1::/125" })).toBeUndefined();
});
