import { describe, expect, test } from "vitest";
import { addressText, contains, ipRange, overlap, subnetsOf } from "../../src/model/ip-range.ts";

function range(text: string) {
  const found = ipRange(text);
  if (found === undefined) throw new Error(`${text} is no range`);
  return found;
}

test.each([
  ["10.1.2.0/24", "10.1.2.0", "10.1.2.255"],
  ["10.1.2.77/24", "10.1.2.0", "10.1.2.255"],
  ["192.0.2.1", "192.0.2.1", "192.0.2.1"],
  ["0.0.0.0/0", "0.0.0.0", "255.255.255.255"],
  ["fd00:20::/64", "fd00:20::", "fd00:20::ffff:ffff:ffff:ffff"],
  ["::ffff:192.0.2.1", "::ffff:c000:201", "::ffff:c000:201"],
  ["2001:DB8::1", "2001:db8::1", "2001:db8::1"],
])("%s is from %s to %s", (text, first, last) => {
  const found = range(text);
  expect(addressText(found.family, found.first)).toBe(first);
  expect(addressText(found.family, found.last)).toBe(last);
});

test.each([
  "",
  "10.1.2",
  "10.1.2.256",
  "010.1.2.3",
  "10.1.2.0/33",
  "10.1.2.0/x",
  "10.1.2.0/24/1",
  "::1%eth0",
  "fd00::/129",
  "host",
])("%j is no range", (text) => expect(ipRange(text)).toBeUndefined());

describe("ranges", () => {
  test("overlap where one address is in both, and never across families", () => {
    expect(overlap(range("10.0.0.0/8"), range("10.255.255.255"))).toBe(true);
    expect(overlap(range("10.0.0.0/8"), range("11.0.0.0/8"))).toBe(false);
    expect(overlap(range("0.0.0.0/0"), range("::/0"))).toBe(false);
  });

  test("contain what is in them whole", () => {
    expect(contains(range("10.0.0.0/16"), range("10.0.1.0/24"))).toBe(true);
    expect(contains(range("10.0.1.0/24"), range("10.0.0.0/16"))).toBe(false);
  });

  test("are made of subnets", () => {
    expect([...subnetsOf(range("10.0.0.0/23"), 24)]).toEqual(["10.0.0.0/24", "10.0.1.0/24"]);
    expect([...subnetsOf(range("10.0.0.0/24"), 16)]).toEqual([]);
    expect([...subnetsOf(range("fd00::/63"), 64)]).toEqual(["fd00::/64", "fd00:0:0:1::/64"]);
  });
});
