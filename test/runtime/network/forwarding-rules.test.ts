import { expect, it } from "vitest";
import { instanceOf } from "../../../src/runtime/instance.ts";
import { forwardingText } from "../../../src/runtime/network/forwarding-rules.ts";

const instance = instanceOf({ dataDir: "/var/lib/tallyman" });

it("keeps the links that a host had from each other, but for those that it was a router for, and what stays on a bridge", () => {
  const before = {
    links: ["eth0", "br0", "wg0"],
    routers: ["default", "wg0"],
    bridges: ["br0"],
    acceptsRedirects: true,
  };
  expect(forwardingText(instance, before)).toMatchInlineSnapshot(`
    "add table ip tallyman-forwarding
    add set ip tallyman-forwarding within { type ifname . ifname; }
    add set ip tallyman-forwarding hosts { type ifname; }
    add set ip tallyman-forwarding links { type ifname; }
    add set ip tallyman-forwarding routers { type ifname; }
    add set ip tallyman-forwarding redirected { type ifname; }
    add chain ip tallyman-forwarding forward { type filter hook forward priority -10; policy accept; }
    flush table ip tallyman-forwarding
    flush set ip tallyman-forwarding within
    flush set ip tallyman-forwarding hosts
    flush set ip tallyman-forwarding links
    flush set ip tallyman-forwarding routers
    flush set ip tallyman-forwarding redirected
    add element ip tallyman-forwarding within { "br0" . "br0" }
    add element ip tallyman-forwarding hosts { "eth0", "br0" }
    add element ip tallyman-forwarding links { "eth0", "br0", "wg0" }
    add element ip tallyman-forwarding routers { "default", "wg0" }
    add element ip tallyman-forwarding redirected { "all" }
    add rule ip tallyman-forwarding forward iifname . oifname @within accept
    add rule ip tallyman-forwarding forward iifname @hosts oifname @links drop
    "
  `);
});

it("writes no element where the host had no link", () => {
  const text = forwardingText(instance, { links: [], routers: [], bridges: [], acceptsRedirects: false });
  expect(text).not.toContain("add element");
});

it("means links whose names nft would read as something else, and leaves out those that it cannot", () => {
  const text = forwardingText(instance, {
    links: ["eth*", 'a"b', "x*y"],
    routers: [],
    bridges: [],
    acceptsRedirects: false,
  });
  expect(text).toContain(String.raw`links { "eth\*", "x*y" }`);
});
