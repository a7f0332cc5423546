/** The chains that every table of ours has, with their hooks and rules. Pure. */
import type { Published } from "./published.ts";
import { standIns } from "./stand-in.ts";

export interface BaseChain {
  readonly name: string;
  /** Empty where it is only jumped to. */
  readonly hook: string;
  readonly rules: readonly string[];
}

/** With their rules; without bridges, only those that are the same on every host. */
export function baseChains({ family, bridges }: Pick<Published, "family" | "bridges">): readonly BaseChain[] {
  const ip = family === 4 ? "ip" : "ip6";
  const { ours, dispatch, refused, local } = family === 4 ? ofIPv4 : ofIPv6;
  const toPublished = [`${ip} daddr vmap @services`, `${local}fib daddr type local jump published`];
  return [
    ...dispatch,
    {
      name: "nat-prerouting",
      hook: "type nat hook prerouting priority -100; policy accept;",
      rules: toPublished,
    },
    { name: "nat-output", hook: "type nat hook output priority -100; policy accept;", rules: toPublished },
    {
      name: "nat-postrouting",
      hook: "type nat hook postrouting priority 100; policy accept;",
      rules: [
        ...bridges.map(({ cidr }) => `${ip} saddr ${cidr} oifname != @bridges masquerade`),
        // What was translated and is routed among our bridges: the answer must come back through us. What is bridged
        // came in by no link, and its answer does so by itself (links are known here since Linux 5.7).
        "ct status dnat iifname @bridges oifname @bridges masquerade",
        // A container that reaches itself so would not answer its own address.
        `ct status dnat ${ip} saddr . ${ip} daddr @itself masquerade`,
        // Nor would any its own loopback; and whom we ask by a service's address, we ask as the host, not as the service.
        ...ours.map((addresses) => `ct status dnat ${ip} saddr ${addresses} oifname @bridges masquerade`),
      ],
    },
    {
      // What is for a service and was not translated found nobody there; it must not reach what listens on the host.
      name: "filter-input",
      hook: "type filter hook input priority -10; policy accept;",
      rules: [
        `ct state new ${ip} daddr @virtual meta l4proto tcp reject with tcp reset`,
        `ct state new ${ip} daddr @virtual reject`,
        ...refused,
      ],
    },
  ];
}

const ofIPv4 = {
  /** Addresses of the host that no container is asked from. */
  ours: ["127.0.0.0/8", "@virtual"],
  dispatch: [
    {
      // route_localnet and a translation before routing would let others speak to our loopback (CVE-2020-8558).
      name: "raw-prerouting",
      hook: "type filter hook prerouting priority -300; policy accept;",
      rules: ['ip daddr 127.0.0.0/8 iifname != "lo" drop'],
    },
    // Apart: a port of IPv6 that nobody is behind is not that of IPv4.
    { name: "published6", hook: "", rules: ["meta l4proto . th dport vmap @ports6"] },
    {
      name: "published",
      hook: "",
      rules: [`ip daddr ${standIns} goto published6`, "meta l4proto . th dport vmap @ports"],
    },
  ],
  refused: [`ct state new ip daddr ${standIns} meta l4proto tcp reject with tcp reset`],
  local: "",
};

/**
 * What was sent to the loopback's address, or to one that is good for one link only, has a sender whom nobody could
 * answer from another link: a process passes that on, see the room `ports`.
 */
const ofIPv6: typeof ofIPv4 = {
  ours: ["@virtual"],
  dispatch: [{ name: "published", hook: "", rules: ["meta l4proto . th dport vmap @ports6"] }],
  refused: [],
  local: "ip6 daddr != { ::1, fe80::/10 } ",
};
