import { expect, test } from "vitest";
import { chooseSubnet, overlap, subnetOf } from "../../../src/runtime/network/subnet.ts";

test("the first free subnet is chosen", () => {
  expect(chooseSubnet([], 0)).toBe("10.89.0.0/20");
  expect(chooseSubnet(["192.0.2.0/24", "10.89.3.7", "10.89.16.0/24"], 0)).toBe("10.89.32.0/20");
});

test("another start chooses another one, and the search goes round", () => {
  expect(chooseSubnet([], 1)).toBe("10.89.16.0/20");
  expect(chooseSubnet(["172.16.0.0/12"], 127)).toBe("10.89.0.0/20");
});

test("a host with routes to everything is told which to remove", () => {
  expect(() => chooseSubnet(["10.0.0.0/8", "172.16.0.0/12"], 3)).toThrow(
    expect.objectContaining({ code: "NO_FREE_SUBNET", hint: expect.stringContaining("ip route") as string }),
  );
});

test("the last quarter of a subnet is kept from containers", () => {
  expect(subnetOf("10.89.16.0/20")).toEqual({
    cidr: "10.89.16.0/20",
    prefixLength: 20,
    gateway: "10.89.16.1",
    first: "10.89.16.2",
    last: "10.89.27.255",
  });
});

test.each([
  ["10.89.0.0/16", "10.89.255.255", true],
  ["10.89.0.0/16", "10.90.0.0", false],
  ["10.0.0.0/8", "10.89.16.0/20", true],
  ["0.0.0.0/0", "198.18.0.1", true],
])("%s and %s overlap: %s", (one, other, expected) => {
  expect([overlap(one, other), overlap(other, one)]).toEqual([expected, expected]);
});
