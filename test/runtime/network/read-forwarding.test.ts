import { expect, it } from "vitest";
import { parseForwarding } from "../../../src/runtime/network/read-forwarding.ts";

it("finds in the rules of an instance what the host was before it", () => {
  const sets = {
    within: [{ concat: ["br0", "br0"] }],
    hosts: ["eth0", "br0"],
    links: ["eth0", "br0", "wg0"],
    routers: ["default", "wg0"],
    redirected: ["all"],
  };
  expect(parseForwarding(printed(sets))).toEqual({
    links: ["br0", "eth0", "wg0"],
    routers: ["default", "wg0"],
    bridges: ["br0"],
    acceptsRedirects: true,
  });
});

it("finds nothing where the host had nothing", () => {
  const nothing = { links: [], routers: [], bridges: [], acceptsRedirects: false };
  expect(parseForwarding(printed({ links: undefined, redirected: undefined }))).toEqual(nothing);
});

/** As `nft -j list table` does: a set that is empty has no `elem`. */
function printed(sets: Readonly<Record<string, unknown>>): string {
  const table = { family: "ip", table: "tallyman-forwarding" };
  const objects = Object.entries(sets).map(([name, elem]) => ({
    set: { ...table, name, type: "ifname", elem },
  }));
  return JSON.stringify({ nftables: [{ metainfo: { json_schema_version: 1 } }, ...objects] });
}
