import { expect, test } from "vitest";
import { judgeForwarding } from "../../../src/runtime/doctor/forwarding.ts";

const open = { enabled: true, canEnable: true, bridgedIsFiltered: false, hasIPv6: true, keptApart: [] };

test.each([
  ["on", open, "ok", "is on"],
  ["off, and ours to switch on", { ...open, enabled: false }, "ok", "switched on with the first container"],
  [
    "off, and not ours to switch on",
    { ...open, enabled: false, canEnable: false },
    "missing",
    "reach no network",
  ],
  ["on, and not ours to switch", { ...open, canEnable: false }, "ok", "is on"],
  ["on, and bridges are filtered", { ...open, bridgedIsFiltered: true }, "ok", "br_netfilter is there"],
  ["on, and bridges are not filtered", open, "ok", "br_netfilter is not loaded"],
  [
    "on, by us",
    { ...open, keptApart: ["eth0", "eth1"] },
    "ok",
    "is on for containers; nothing else is passed on from eth0, eth1",
  ],
  ["on, and IPv6 is disabled", { ...open, hasIPv6: false }, "ok", "no network can have it"],
] as const)("forwarding is %s", (_name, facts, status, detail) => {
  const check = judgeForwarding(facts);
  expect(check.status).toBe(status);
  expect(check.detail).toContain(detail);
});
