/** The form of `ports`: one entry for each port, in the long form. */
import type { Place } from "../../model/diagnostic.ts";
import { child, list, mapping, mappingAt, type MappingNode, type Node, scalar } from "../../document/node.ts";
import { type Form, type FormContext, reject } from "./form.ts";
import { withDefaults } from "./collections.ts";

export const ports: Form = (node, at) => {
  if (node.kind !== "list") return node;
  let count = 0;
  return list(
    node.items.flatMap((item, index): readonly Node[] => {
      const here = { ...at, path: `${at.path}[${index}]` };
      if (count > maxPorts) return [];
      const entries = entriesOf(item, here);
      count += entries.length;
      if (count > maxPorts) {
        invalid(here, item.place, `${at.path} has more than ${maxPorts} ports`);
        return [];
      }
      return entries;
    }),
    node.place,
  );
};

/** As many as there are; an entry of a few letters may stand for all of them. */
const maxPorts = 65_535;

function entriesOf(item: Node, at: FormContext): readonly Node[] {
  if (item.kind === "mapping") return longForm(item, at);
  return item.kind === "scalar" ? shortForm(String(item.value), { place: item.place, at }) : [];
}

function longForm(node: MappingNode, at: FormContext): readonly Node[] {
  const published = child(node, "published");
  const target = child(node, "target");
  const port = published?.kind === "scalar" ? String(published.value) : undefined;
  const valid =
    (target?.kind !== "scalar" || (isPort(Number(target.value)) && Number(target.value) > 0)) &&
    (port === undefined || port === "" || range(port) !== undefined);
  if (!valid) {
    invalid(at, node.place, `${at.path} has a port that is not between 1 and 65535`);
    return [];
  }
  const filled = withDefaults(node, { protocol: "tcp", mode: "ingress" });
  if (filled.kind !== "mapping" || published === undefined) return [filled];
  const entry = { keyPlace: published.place, value: scalar(port ?? "", published.place) };
  return [mapping([...filled.entries, ["published", entry]], node.place)];
}

/**
 * `[[address:]published:]target[/protocol]`, where ports may be ranges: of one length, or several published ones to
 * choose from for one target.
 */
function shortForm(text: string, { place, at }: { place: Place; at: FormContext }): readonly Node[] {
  const [, host, written = "", target = "", protocol = "tcp"] = shortPattern.exec(text) ?? [];
  const targets = range(target);
  const published = written === "" ? [] : range(written);
  if (targets === undefined || targets[0] === 0 || published === undefined) {
    invalid(at, place, `${at.path} is ${JSON.stringify(text)}, which is no port`);
    return [];
  }
  if (published.length > 0 && targets.length > 1 && published.length !== targets.length) {
    invalid(at, place, `${at.path} is ${JSON.stringify(text)}, whose ranges differ in length`);
    return [];
  }
  const isPaired = published.length === targets.length;
  return targets.map((port, index) =>
    mappingAt(place, {
      target: port,
      published: isPaired ? String(published[index]) : written || undefined,
      host_ip: host?.replace(/^\[|\]$/g, ""),
      protocol: protocol.toLowerCase(),
      mode: "ingress",
    }),
  );
}

const shortPattern = /^(?:(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]+):)?([0-9-]*):)?([0-9-]+)(?:\/([A-Za-z]+))?$/;

/** The ports of `8000-8002` or `8000`; undefined where it is neither. */
function range(text: string): readonly number[] | undefined {
  const [, first = "", last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === "" || to < from || !isPort(to) || (from === 0 && to !== 0)) return undefined;
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65535;
}

function invalid(at: FormContext, place: Place, message: string): void {
  reject(at, place, {
    code: "invalid-port",
    message,
    hint: 'Write "8080:80", "127.0.0.1:8080:80" or "8000-8002:80-82".',
  });
}
