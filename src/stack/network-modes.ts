/**
 * Networks with the driver `host` or `none`, and Docker's own networks of these names: who joins one has the network
 * mode of that name, and no other network. Works on the canonical tree.
 */
import type { Findings } from "../document/findings.ts";
import { child, mapEntries, mapping, type MappingNode, type Node, scalar } from "../document/node.ts";

/** Without such networks. */
export function withNetworkModes(root: MappingNode, findings: Findings): MappingNode {
  const networks = child(root, "networks");
  const defined = networks?.kind === "mapping" ? [...networks.entries] : [];
  const modes = new Map(
    defined.flatMap(([key, { value }]) => {
      const mode = modeOf(value);
      return mode === undefined ? [] : [[key, mode] as const];
    }),
  );
  if (modes.size === 0) return root;
  return mapEntries(root, (value, section) => {
    if (value.kind !== "mapping") return value;
    if (section === "networks") return mapEntries(value, (each, key) => (modes.has(key) ? undefined : each));
    if (section !== "services") return value;
    return mapEntries(value, (service, name) => withMode(service, { name, modes, findings }));
  });
}

function modeOf(network: Node): string | undefined {
  const isExternal = textIn(network, "external") === "true";
  const mode = textIn(network, isExternal ? "name" : "driver");
  return ["host", "none"].includes(mode) ? mode : undefined;
}

function textIn(node: Node, key: string): string {
  const value = child(node, key);
  return value?.kind === "scalar" ? String(value.value) : "";
}

interface Context {
  readonly name: string;
  readonly modes: ReadonlyMap<string, string>;
  readonly findings: Findings;
}

function withMode(service: Node, { name, modes, findings }: Context): Node {
  const networks = child(service, "networks");
  if (service.kind !== "mapping" || networks?.kind !== "mapping") return service;
  const joined = [...networks.entries].find(([each]) => modes.has(each));
  const [key, entry] = joined ?? [];
  const mode = modes.get(key ?? "");
  if (key === undefined || entry === undefined || mode === undefined) return service;
  const path = `services.${name}`;
  if (networks.entries.size > 1 || service.entries.has("network_mode")) {
    const other = networks.entries.size > 1 ? "joins others" : "has a network_mode";
    findings.error({
      code: "conflicting-keys",
      message: `${path}.networks.${key} is ${mode === "host" ? "the host's own network" : "no network"}, and ${path} ${other}`,
      hint: "Keep it alone, or remove it.",
      place: entry.keyPlace,
      path: `${path}.networks.${key}`,
    });
  }
  const { keyPlace } = entry;
  const others = [...service.entries].filter(([each]) => each !== "networks" && each !== "network_mode");
  return mapping([...others, ["network_mode", { keyPlace, value: scalar(mode, keyPlace) }]], service.place);
}
