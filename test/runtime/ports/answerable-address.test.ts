import { expect, test } from "vitest";
import type { HeldPort } from "../../../src/model/route.ts";
import { answerableAddress } from "../../../src/runtime/ports/answerable-address.ts";

const loopback = "00000000000000000000000000000001 01 80 10 80       lo\n";
const linkLocal = "fe80000000000000007d1cfffed1b3a2 02 40 20 80     eth0\n";
const none = undefined;

test.each<[HeldPort["protocol"], string, string, string | undefined, string | undefined]>([
  ["tcp", "0.0.0.0", "a host with IPv6", linkLocal + loopback, "::"],
  ["udp", "0.0.0.0", "a host with IPv6", linkLocal + loopback, "::1"],
  ["tcp", "0.0.0.0", "a host where it is disabled", "", "::"],
  ["udp", "0.0.0.0", "a host where it is disabled", "", none],
  ["udp", "0.0.0.0", "a host where the loopback has none", linkLocal, none],
  ["udp", "::1", "a host where it is disabled, which is then told", "", "::1"],
  ["tcp", "::1", "a host where it is disabled, which is then told", "", "::1"],
  ["udp", "127.0.0.1", "a host with IPv6", loopback, none],
  ["tcp", "0.0.0.0", "a kernel without IPv6", none, none],
  ["udp", "0.0.0.0", "a kernel without IPv6", none, none],
])("a %s port of %s on %s", (protocol, hostAddress, _, addresses, expected) => {
  expect(answerableAddress({ protocol, hostAddress, hostPort: 53 }, addresses)).toBe(expected);
});
