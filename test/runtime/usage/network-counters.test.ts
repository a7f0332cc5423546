import { expect, it } from "vitest";
import { networkCounters } from "../../../src/runtime/usage/network-counters.ts";

const head = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;

it("traffic is that of all interfaces but loopback, also where a figure leaves no space behind the name", () => {
  const text = `${head}    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0
  eth0:1000 5 0 0 0 0 0 0 200 4 0 0 0 0 0 0
  eth1:  50 1 0 0 0 0 0 0   7 1 0 0 0 0 0 0
`;
  expect(networkCounters(text)).toEqual({ receivedBytes: 1050, sentBytes: 207 });
  expect(networkCounters(head)).toEqual({ receivedBytes: 0, sentBytes: 0 });
});
