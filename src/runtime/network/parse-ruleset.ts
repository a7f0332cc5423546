/** Reads our table from what `nft -j list table` prints (libnftables-json(5)). Pure. */
import type { ContainerId } from "../../model/ids.ts";
import { isContainerId } from "../../model/ids.ts";
import type { Route } from "../../model/route.ts";
import { keyOf, nothingPublished, withRoutes, type Published } from "./published.ts";

/** Rules and elements that are not of our making are passed over: what they do is not a route of ours. */
export function parseRuleset(json: string): Published {
  const { nftables: objects } = JSON.parse(json) as NftDocument;
  const idsByAddress = new Map(objects.flatMap((object) => endpointsOf(object)));
  const shares = objects.flatMap((object) => shareOf(object, idsByAddress) ?? []);
  const routes = [...Map.groupBy(shares, keyOf).values()].flatMap(joined);
  return withRoutes(nothingPublished, {
    routes,
    addresses: new Map([...idsByAddress].map(([address, id]) => [id, address])),
  });
}

interface NftDocument {
  readonly nftables: readonly NftObject[];
}
interface NftObject {
  readonly set?: { readonly name: string; readonly elem?: readonly NftElement[] };
  readonly rule?: { readonly chain: string; readonly expr: readonly NftExpression[] };
}
interface NftElement {
  readonly elem?: { readonly val?: unknown; readonly comment?: string };
}
interface NftExpression {
  readonly match?: {
    readonly left?: { readonly payload?: { readonly protocol: string; readonly field: string } };
    readonly right: unknown;
  };
  readonly dnat?: { readonly addr?: unknown; readonly port?: unknown };
}

function endpointsOf({ set }: NftObject): [string, ContainerId][] {
  if (set?.name !== "endpoints") return [];
  return (set.elem ?? []).flatMap(({ elem }): [string, ContainerId][] => {
    if (typeof elem?.val !== "string" || elem.comment === undefined || !isContainerId(elem.comment))
      return [];
    return [[elem.val, elem.comment]];
  });
}

/** The part of a route that one rule is. */
function shareOf({ rule }: NftObject, ids: ReadonlyMap<string, ContainerId>): Route | undefined {
  if (rule?.chain !== "published") return undefined;
  const hostPort = matched(rule.expr, "tcp", "dport");
  const hostAddress = matched(rule.expr, "ip", "daddr") ?? "0.0.0.0";
  const { addr: address, port } = rule.expr.find((expression) => expression.dnat)?.dnat ?? {};
  const id = typeof address === "string" ? ids.get(address) : undefined;
  if (typeof hostPort !== "number" || typeof hostAddress !== "string") return undefined;
  if (id === undefined || typeof port !== "number") return undefined;
  return { hostAddress, hostPort, protocol: "tcp", backends: [{ containerId: id, port }] };
}

function joined(shares: readonly Route[]): Route[] {
  return shares
    .slice(0, 1)
    .map((first) => ({ ...first, backends: shares.flatMap((share) => share.backends) }));
}

function matched(expressions: readonly NftExpression[], protocol: string, field: string): unknown {
  return expressions.find(({ match }) => {
    const payload = match?.left?.payload;
    return payload?.protocol === protocol && payload.field === field;
  })?.match?.right;
}
