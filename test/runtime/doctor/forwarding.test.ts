import { expect, test } from "vitest";
import { droppingChains, judgeForwarding } from "../../../src/runtime/doctor/forwarding.ts";

const open = { enabled: true, canEnable: true, bridgedIsFiltered: false, droppingChains: [] };
const docker = ["ip filter FORWARD"];

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
  [
    "cut off by a firewall",
    { ...open, droppingChains: docker },
    "warning",
    "(ip filter FORWARD): containers' traffic",
  ],
  [
    "cut off by a firewall that sees bridges, too",
    { ...open, droppingChains: docker, bridgedIsFiltered: true },
    "warning",
    "also among themselves",
  ],
] as const)("forwarding is %s", (_name, facts, status, detail) => {
  const check = judgeForwarding(facts);
  expect(check.status).toBe(status);
  expect(check.detail).toContain(detail);
});

test("only chains that drop forwarded packets by default count", () => {
  const chain = (name: string, hook?: string, policy?: string): object => ({
    chain: { family: "ip", table: "filter", name, hook, policy },
  });
  const printed = JSON.stringify({
    nftables: [
      { metainfo: { version: "1.0.6" } },
      chain("INPUT", "input", "drop"),
      chain("FORWARD", "forward", "drop"),
      chain("open", "forward", "accept"),
      chain("DOCKER"),
    ],
  });
  expect(droppingChains(printed)).toEqual(["ip filter FORWARD"]);
});
