/** The form of a service's `volumes`: the long form, with clean paths. */
import { posix } from "node:path";
import type { Place } from "../../model/diagnostic.ts";
import { child, list, mappingAt, mapping, type MappingNode, type Node, scalar } from "../../document/node.ts";
import { type Form, type FormContext, keys, reject } from "./form.ts";
import { withDefaults } from "./collections.ts";
import { size } from "./scalars.ts";

export const volumes: Form = (node, at) => {
  if (node.kind !== "list") return node;
  const items = node.items.map((item, index) => {
    const here = { ...at, path: `${at.path}[${index}]` };
    const long =
      item.kind === "scalar" ? shortForm(String(item.value), { place: item.place, at: here }) : item;
    return long?.kind === "mapping" ? longForm(long, here) : undefined;
  });
  return list(
    items.filter((item) => item !== undefined),
    node.place,
  );
};

const parts = keys({ tmpfs: keys({ size, mode: fileMode }) });

/** Drops what says no more than its absence does, so that both ways to write a mount come out the same. */
function longForm(node: MappingNode, at: FormContext): Node | undefined {
  const canonical = parts(node, at);
  const type = text(node, "type");
  const target = text(node, "target");
  const source = text(node, "source");
  const { place } = node;
  if (!target.startsWith("/")) {
    return invalid(
      at,
      place,
      `${at.path} is mounted at ${JSON.stringify(target)}, which is no absolute path`,
    );
  }
  if (type === "bind" && source === "") return invalid(at, place, `${at.path} has no source`);
  if (type === "volume" && !/^[a-zA-Z0-9._-]*$/.test(source)) {
    return invalid(
      at,
      place,
      `${at.path} has the source ${JSON.stringify(source)}, which is no volume's name`,
    );
  }
  if (canonical?.kind !== "mapping") return canonical;
  const fields = new Map(canonical.entries);
  const set = (key: string, value: string): void => {
    fields.set(key, { keyPlace: fields.get(key)?.keyPlace ?? place, value: scalar(value, place) });
  };
  set("target", cleanPath(target));
  if (type === "bind") {
    set("source", cleanSource(source));
    const bind = withDefaults(child(canonical, "bind") ?? mappingAt(place, {}), { create_host_path: true });
    fields.set("bind", { keyPlace: fields.get("bind")?.keyPlace ?? place, value: bind });
  }
  const readOnly = child(canonical, "read_only");
  if (readOnly?.kind === "scalar" && readOnly.value !== true) fields.delete("read_only");
  return mapping(fields, place);
}

/** `[source:]target[:options]`; a source that begins like a path is a bind mount. */
function shortForm(written: string, { place, at }: { place: Place; at: FormContext }): Node | undefined {
  const [, source, target = "", options = ""] = shortPattern.exec(written) ?? [];
  if (target === "") return invalid(at, place, `${at.path} is ${JSON.stringify(written)}, which is no mount`);
  const bind = source !== undefined && /^[./~]/.test(source);
  const flags = options === "" ? [] : options.split(",");
  const unknown = flags.find((flag) => !Object.hasOwn(flagMeanings, flag));
  if (unknown !== undefined) {
    return invalid(at, place, `${at.path} has the option ${JSON.stringify(unknown)}, which is unknown`);
  }
  for (const flag of flags) {
    if (flagMeanings[flag] !== "unsupported") continue;
    at.findings.warning({
      code: "unsupported-value",
      message: `the mount option ${flag} of ${at.path} is not supported yet and has no effect`,
      hint: "Remove it, or leave it for other tools.",
      place,
      path: at.path,
    });
  }
  const propagation = flags.findLast((flag) => flagMeanings[flag] === "propagation");
  if (propagation !== undefined && !bind) {
    return invalid(at, place, `${at.path} has the option ${propagation}, which only a bind mount has`);
  }
  return mappingAt(place, {
    type: bind ? "bind" : "volume",
    source,
    target,
    read_only: flags.includes("ro") ? true : undefined,
    bind: bind && propagation !== undefined ? mappingAt(place, { propagation }) : undefined,
    volume: !bind && flags.includes("nocopy") ? mappingAt(place, { nocopy: true }) : undefined,
  });
}

const shortPattern = /^(?:([^:]+):)?([^:]+)(?::([^:]+))?$/;

const flagMeanings: Readonly<Record<string, "acted on" | "propagation" | "unsupported">> = {
  ...{ rw: "acted on", ro: "acted on", nocopy: "acted on" },
  ...{
    z: "unsupported",
    Z: "unsupported",
    cached: "unsupported",
    delegated: "unsupported",
    consistent: "unsupported",
  },
  ...{ shared: "propagation", rshared: "propagation", slave: "propagation", rslave: "propagation" },
  ...{ private: "propagation", rprivate: "propagation", volume: "unsupported" },
};

/** Permission bits: a number as YAML reads it, or a string in octal. */
function fileMode(node: Node, at: FormContext): Node | undefined {
  if (node.kind !== "scalar") return node;
  const mode = typeof node.value === "number" ? node.value : Number.parseInt(String(node.value), 8);
  if (mode >= 0 && mode <= 0o7777) return scalar(mode, node.place);
  return reject(at, node.place, {
    code: "invalid-value",
    message: `${at.path} is ${JSON.stringify(node.value)}, which is no file mode`,
    hint: "Write it in octal, such as 01777.",
  });
}

function cleanPath(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}

/** A relative source keeps a dot in front, as the file's author would write it. */
function cleanSource(path: string): string {
  if (path.startsWith("~")) return path;
  const clean = cleanPath(path);
  return clean.startsWith("/") || clean.startsWith(".") ? clean : `./${clean}`;
}

function text(node: MappingNode, key: string): string {
  const value = child(node, key);
  return value?.kind === "scalar" && value.value !== null ? String(value.value) : "";
}

function invalid(at: FormContext, place: Place, message: string): Node | undefined {
  return reject(at, place, {
    code: "invalid-volume",
    message,
    hint: "Write name:/path/in/container, or ./folder:/path/in/container, with :ro behind it for read-only.",
  });
}
