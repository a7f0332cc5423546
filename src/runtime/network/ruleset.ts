/** Our nftables table as text for `nft -f`: the whole of it, or what a change takes, each one transaction. Pure. */
import type { Instance } from "../instance.ts";
import type { Family } from "../../model/ip-range.ts";
import { balancedChains, type BalancedChain } from "./balanced.ts";
import { baseChains, type BaseChain } from "./base-chains.ts";
import { baseSets } from "./base-sets.ts";
import { derived } from "./derived.ts";
import { elementDifference, type Elements } from "./element-difference.ts";
import { nothingIn, type Published, type ServiceRoute } from "./published.ts";

/**
 * Makes the whole table as described, whatever is there. Rules are flushed and written anew: packets meet the old ones
 * or the new ones, and the chains with their hooks stay, so that live connections are not touched. Priorities are
 * numbers, since nft 1.0.6 does not take `dstnat` on every hook.
 */
export function rulesetText(instance: Instance, published: Published): string {
  const table = tableOf(instance, published.family);
  const sets = baseSets(published.family);
  const nothing = nothingIn(published.family);
  return text([
    `add table ${table}`,
    ...sets.map(({ name, kind, type }) => `add ${kind} ${table} ${name} { ${type}; }`),
    ...baseChains(published).map(({ name, hook }) => `add chain ${table} ${name}${hook && ` { ${hook} }`}`),
    `flush table ${table}`,
    ...sets.map(({ name, kind }) => `flush ${kind} ${table} ${name}`),
    ...baseChains(nothing).flatMap(rulesOf(table)),
    ...difference(table, nothing, published),
  ]);
}

/** Makes `after` of a table that is just as `before`; fails as a whole where a chain of it is not there. */
export function changeText(instance: Instance, before: Published, after: Published): string {
  return text(difference(tableOf(instance, after.family), before, after));
}

/** Takes away chains that nothing leads to. They go by themselves: before Linux 6.2 not with their map's element. */
export function spareChainsText(instance: Instance, names: readonly string[], family: Family): string {
  return text(names.map((name) => `delete chain ${tableOf(instance, family)} ${name}`));
}

/** Takes the table away; no error where there is none. */
export function emptyRulesetText(instance: Instance, family: Family): string {
  return `add table ${tableOf(instance, family)}\ndelete table ${tableOf(instance, family)}\n`;
}

/** Family and name, as nft has them. */
export function tableOf({ table }: Instance, family: Family): string {
  return `${family === 4 ? "ip" : "ip6"} ${table}`;
}

function difference(table: string, before: Published, after: Published): readonly string[] {
  const [oldChains, newChains] = [balancedChains(before), balancedChains(after)];
  const gone = [...oldChains.values()].filter(({ name }) => !newChains.has(name));
  const kept = [...newChains.values()].filter(({ name }) => oldChains.has(name));
  const added = [...newChains.values()].filter(({ name }) => !oldChains.has(name));
  const changed = kept.filter(({ name, rules }) => !same(rules, oldChains.get(name)?.rules ?? []));
  return [
    ...setDifference(table, { before, after }),
    ...baseDifference(table, { before, after }),
    ...elements(`delete element ${table} ports`, of("ports", gone)),
    ...elements(`delete element ${table} ports6`, of("ports6", gone)),
    ...elements(`delete element ${table} services`, of("services", gone)),
    ...added.map(({ name }) => `add chain ${table} ${name}`),
    ...[...gone, ...changed, ...added].map(({ name }) => `flush chain ${table} ${name}`),
    ...[...changed, ...added].flatMap(rulesOf(table)),
    ...elements(`add element ${table} ports`, of("ports", added)),
    ...elements(`add element ${table} ports6`, of("ports6", added)),
    ...elements(`add element ${table} services`, of("services", added)),
  ];
}

interface Change {
  readonly before: Published;
  readonly after: Published;
}

function baseDifference(table: string, { before, after }: Change): readonly string[] {
  const old = new Map(baseChains(before).map(({ name, rules }) => [name, rules]));
  const changed = baseChains(after).filter(({ name, rules }) => !same(rules, old.get(name) ?? []));
  return changed.flatMap((chain) => [`flush chain ${table} ${chain.name}`, ...rulesOf(table)(chain)]);
}

function rulesOf(table: string): (chain: Pick<BaseChain, "name" | "rules">) => readonly string[] {
  return ({ name, rules }) => rules.map((rule) => `add rule ${table} ${name} ${rule}`);
}

/** Of each set, what it is made of; an empty comment is none. */
const contents: Readonly<Record<string, (published: Published) => readonly Elements[]>> = {
  endpoints: ({ addresses, services }) => [published(addresses), ...services.map(endpoints)],
  itself: ({ addresses, services }) => [publishedTwice(addresses), ...services.map(endpointsTwice)],
  bridges: ({ bridges }) => [links(bridges)],
  virtual: ({ services }) => services.map(virtual),
};

const published = derived(
  (addresses: Published["addresses"]): Elements =>
    new Map([...addresses].map(([containerId, address]) => [address, containerId])),
);
const endpoints = derived(
  ({ backends }: ServiceRoute): Elements =>
    new Map(backends.map(({ address, containerId }) => [address, containerId])),
);
const publishedTwice = derived((addresses: Published["addresses"]) => twice([...addresses.values()]));
const endpointsTwice = derived(({ backends }: ServiceRoute) => twice(backends.map(({ address }) => address)));
const links = derived(
  (bridges: Published["bridges"]): Elements =>
    new Map(bridges.map(({ bridge, cidr }) => [`"${bridge}"`, cidr])),
);
const virtual = derived(({ address }: ServiceRoute): Elements => new Map([[address, ""]]));

/** From an address to the same one. */
function twice(addresses: readonly string[]): Elements {
  return new Map(addresses.map((address) => [`${address} . ${address}`, ""]));
}

function setDifference(table: string, { before, after }: Change): readonly string[] {
  return Object.entries(contents).flatMap(([set, partsOf]) => {
    const { gone, added } = elementDifference(partsOf(before), partsOf(after));
    return [
      ...elements(`delete element ${table} ${set}`, [...gone.keys()]),
      ...elements(
        `add element ${table} ${set}`,
        [...added].map(([element, comment]) =>
          comment === "" ? element : `${element} comment "${comment}"`,
        ),
      ),
    ];
  });
}

function of(map: BalancedChain["map"], chains: readonly BalancedChain[]): readonly string[] {
  return chains.filter((chain) => chain.map === map).map(({ key, name }) => `${key} : goto ${name}`);
}

function elements(command: string, list: readonly string[]): readonly string[] {
  return list.length === 0 ? [] : [`${command} { ${list.join(", ")} }`];
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((rule, index) => rule === b[index]));
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
