/** `dns`, `dns_search`, `dns_opt`, `extra_hosts`, `links` and `external_links`: how containers of a service find others by name. */
import { isIP } from "node:net";
import { type Checking, errorAt, warningAt } from "../../document/checking.ts";
import type { ContainerSpec } from "../../model/container-spec.ts";
import { hostGateway, type HostEntry, type NameLookup } from "../../model/name-lookup.ts";
import type { CanonicalService } from "../canonical-stack.ts";
import { isJoin } from "../joins.ts";
import { externalLinksOf, linksOf } from "../links.ts";
import { isDomain } from "./is-domain.ts";

export interface NameContext {
  readonly path: string;
  readonly checking: Checking;
  /** What others on its networks call a service of this stack, and no other one. */
  readonly fullNameOf: (service: string) => string;
}

export function nameLookup(service: CanonicalService, context: NameContext): Pick<ContainerSpec, "lookup"> {
  if (isJoin(service.network_mode)) return noneOfItsOwn(service, context);
  const lookup: NameLookup = {
    ...serversOf(service, context),
    ...(service.dns_search && { search: searchOf(service.dns_search, context) }),
    ...(service.dns_opt && { options: optionsOf(service.dns_opt, context) }),
    ...linksByName(service, context),
    ...(service.extra_hosts && { hosts: hostsOf(service.extra_hosts, service, context) }),
  };
  return Object.keys(lookup).length === 0 ? {} : { lookup };
}

/** Files of the one whose network it shares are its own, too. */
function noneOfItsOwn(service: CanonicalService, { path, checking }: NameContext): Record<string, never> {
  for (const key of ["dns", "dns_search", "dns_opt", "extra_hosts", "links", "external_links"] as const) {
    if (service[key] === undefined) continue;
    errorAt(checking, `${path}.${key}`, {
      code: "conflicting-keys",
      message: `${path} has ${key}, and the network of another container, whose names come with it`,
      hint: `Write ${key} there, or remove network_mode.`,
    });
  }
  return {};
}

function serversOf(
  { dns = [], network_mode: mode }: CanonicalService,
  { path, checking }: NameContext,
): Pick<NameLookup, "servers"> {
  const servers = dns.filter((server, index) => {
    const at = `${path}.dns[${index}]`;
    if (isIP(server) === 0 || server.includes("%")) {
      errorAt(checking, at, {
        code: "invalid-address",
        message: `${at} is ${JSON.stringify(server)}, which is no IP address`,
        hint: "Write the address of a name server, such as 192.0.2.53.",
      });
    } else if (mode === undefined && /^(127\.|::1$)/.test(server)) {
      warningAt(checking, at, {
        code: "no-effect",
        message: `${at} is ${server}, the container itself, which our resolver cannot ask: it is left out`,
        hint: "Remove it; names of services are found without it.",
      });
      return false;
    }
    return true;
  });
  return servers.length === 0 ? {} : { servers };
}

/** As in Docker, a dot alone is no domain at all. */
function searchOf(domains: readonly string[], { path, checking }: NameContext): readonly string[] {
  const wanted = domains.filter((domain) => domain !== ".");
  domains.forEach((domain, index) => {
    if (domain === "." || isDomain(domain)) return;
    errorAt(checking, `${path}.dns_search[${index}]`, {
      code: "invalid-name",
      message: `${path}.dns_search[${index}] is ${JSON.stringify(domain)}, which no domain can be called`,
      hint: "Write such as example.org.",
    });
  });
  return wanted;
}

function optionsOf(options: readonly string[], { path, checking }: NameContext): readonly string[] {
  options.forEach((option, index) => {
    if (/^[a-z0-9-]+(:\d+)?$/.test(option)) return;
    errorAt(checking, `${path}.dns_opt[${index}]`, {
      code: "invalid-value",
      message: `${path}.dns_opt[${index}] is ${JSON.stringify(option)}, which is no option of a resolver`,
      hint: "See resolv.conf(5); write such as ndots:2.",
    });
  });
  return options;
}

function linksByName(
  service: CanonicalService,
  { path, checking, fullNameOf }: NameContext,
): Pick<NameLookup, "links"> {
  const links = new Map<string, string>();
  const wanted = [
    ...linksOf(service).map(({ service: name, alias }, index) => ({
      alias,
      key: "links",
      index,
      name: fullNameOf(name),
    })),
    ...externalLinksOf(service).map(({ container: name, alias }, index) => ({
      alias,
      key: "external_links",
      index,
      name,
    })),
  ];
  for (const { alias, key, index, name } of wanted) {
    const at = `${path}.${key}[${index}]`;
    if (!isDomain(alias) || !isDomain(name)) {
      errorAt(checking, at, {
        code: "invalid-name",
        message: `${at} has the name ${JSON.stringify(isDomain(alias) ? name : alias)}, which no host can be called`,
        hint: "Use letters, digits, dots, dashes and underscores.",
      });
    }
    const other = links.get(alias);
    if (other !== undefined && other !== name) {
      errorAt(checking, at, {
        code: "conflicting-keys",
        message: `${at} gives the name ${alias} to a second ${key === "links" ? "service" : "container"}`,
        hint: "Keep one of the two.",
      });
    }
    links.set(alias, name);
  }
  const others = [...links]
    .filter(([alias, name]) => name !== fullNameOf(alias) && name !== alias)
    .sort(byFirst);
  return others.length === 0 ? {} : { links: Object.fromEntries(others) };
}

function hostsOf(
  hosts: Readonly<Record<string, readonly string[]>>,
  { network_mode: mode }: CanonicalService,
  { path, checking }: NameContext,
): readonly HostEntry[] {
  const entries = Object.entries(hosts).flatMap(([name, addresses]) =>
    addresses.map((address) => ({ name, address })),
  );
  for (const { name, address } of entries) {
    const at = `${path}.extra_hosts.${name}`;
    if (!isDomain(name)) {
      errorAt(checking, at, {
        code: "invalid-name",
        message: `${path}.extra_hosts has the name ${JSON.stringify(name)}, which no host can be called`,
        hint: "Use letters, digits, dots, dashes and underscores.",
      });
    } else if (address !== hostGateway && (isIP(address) === 0 || address.includes("%"))) {
      errorAt(checking, at, {
        code: "invalid-address",
        message: `${at} is ${JSON.stringify(address)}, which is no IP address`,
        hint: `Write such as 192.0.2.5, or ${hostGateway} for the host.`,
      });
    } else if (address === hostGateway && mode === "none") {
      errorAt(checking, at, {
        code: "conflicting-keys",
        message: `${at} is ${hostGateway}, and the container has no network to reach the host by`,
        hint: "Remove it, or network_mode: none.",
      });
    }
  }
  return entries.toSorted((a, b) => byFirst([a.name], [b.name]));
}

function byFirst([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
