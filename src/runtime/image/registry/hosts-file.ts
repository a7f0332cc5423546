/** containerd's `hosts.toml`: where a registry's images are to be had, and how to speak to each place. Pure. */
import { posix, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import { TallymanError } from "../../../model/error.ts";
import { parseDuration } from "./duration.ts";
import type { Capability } from "./endpoint.ts";

/** One server, as the file has it. */
export interface HostEntry {
  /** The root of its API, ending in a slash. Undefined: the registry itself, where it usually is. */
  readonly root: URL | undefined;
  readonly capabilities: readonly Capability[];
  /** Absolute paths of PEM files. */
  readonly ca: readonly string[];
  /** Absolute paths of PEM files. */
  readonly client: readonly { readonly cert: string; readonly key: string }[];
  readonly skipVerify: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** For the connection; undefined: as long as for an answer. */
  readonly connectMs: number | undefined;
}

/** What a registry is without any configuration. */
export const plainEntry: HostEntry = {
  root: undefined,
  capabilities: ["pull", "resolve"],
  ca: [],
  client: [],
  skipVerify: false,
  headers: {},
  connectMs: undefined,
};

/**
 * The mirrors in the file's order, and last the server. Relative paths are below the file's folder. Throws
 * BAD_HOSTS_FILE, which names the file and the key: a mistake is never passed over, as it could give up a protection.
 */
export function parseHostsFile(text: string, path: string): readonly HostEntry[] {
  const bad = (why: string, cause?: unknown): TallymanError => badHostsFile(path, why, cause);
  const document = parseToml(text, bad);
  const folder = posix.dirname(path);
  const { server, host: hosts = {}, ...own } = document;
  if (!isTable(hosts)) throw bad("`host` is not a table");
  const mirrors = Object.entries(hosts).map(([url, fields]) => {
    if (!isTable(fields)) throw bad(`host ${JSON.stringify(url)} is not a table`);
    return entry(fields, { url, folder, bad });
  });
  if (server !== undefined && typeof server !== "string") throw bad("`server` is not text");
  return [...mirrors, entry(own, { url: server === "" ? undefined : server, folder, bad })];
}

export function badHostsFile(path: string, why: string, cause?: unknown): TallymanError {
  return new TallymanError("BAD_HOSTS_FILE", `${path}: ${why}`, {
    hint: "Mend it: it is in the form of containerd's hosts.toml.",
    cause,
  });
}

type Bad = (why: string, cause?: unknown) => TallymanError;
type Table = Readonly<Record<string, unknown>>;

interface EntryContext {
  readonly url: string | undefined;
  readonly folder: string;
  readonly bad: Bad;
}

const keys: readonly string[] = [
  "capabilities",
  "ca",
  "client",
  "skip_verify",
  "header",
  "override_path",
  "dial_timeout",
];

function entry(fields: Table, { url, folder, bad }: EntryContext): HostEntry {
  const what = url === undefined ? "" : ` of ${url}`;
  const stranger = Object.keys(fields).find((key) => !keys.includes(key));
  if (stranger !== undefined) throw bad(`nobody knows the key ${JSON.stringify(stranger)}${what}`);
  const flag = (key: "skip_verify" | "override_path"): boolean => {
    const value = fields[key] ?? false;
    if (typeof value !== "boolean") throw bad(`${key}${what} is neither true nor false`);
    return value;
  };
  const { dial_timeout: dialTimeout } = fields;
  const connectMs = typeof dialTimeout === "string" ? parseDuration(dialTimeout) : undefined;
  if (dialTimeout !== undefined && connectMs === undefined)
    throw bad(`dial_timeout${what} is not a duration`);
  return {
    root: url === undefined ? undefined : rootOf(url, flag("override_path"), bad),
    capabilities: capabilities(fields["capabilities"], bad),
    ca: texts(fields["ca"] ?? [], () => bad(`ca${what} is neither a path nor a list of paths`)).map((path) =>
      resolve(folder, path),
    ),
    client: clients(fields["client"] ?? [], bad).map(({ cert, key }) => ({
      cert: resolve(folder, cert),
      key: resolve(folder, key),
    })),
    skipVerify: flag("skip_verify"),
    headers: headers(fields["header"] ?? {}, bad),
    connectMs,
  };
}

/** As containerd: `/v2` is added where it is missing, unless the path is to be taken as it is. */
function rootOf(text: string, overridePath: boolean, bad: Bad): URL {
  const url = URL.parse(text.includes("://") ? text : `https://${text}`);
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== "" ||
    url.password !== "" ||
    url.search !== "" ||
    url.hash !== ""
  ) {
    throw bad(`${JSON.stringify(text)} is not the URL of a registry`);
  }
  const path = url.pathname.replace(/\/+$/, "");
  url.pathname = overridePath || path.endsWith("/v2") ? `${path}/` : `${path}/v2/`;
  return url;
}

function capabilities(value: unknown, bad: Bad): readonly Capability[] {
  const names = texts(value ?? [], () => bad("capabilities is not a list")).map((name) => name.toLowerCase());
  const stranger = names.find((name) => !["pull", "resolve", "push"].includes(name));
  if (stranger !== undefined)
    throw bad(`${JSON.stringify(stranger)} is not a capability: pull, resolve, push`);
  if (names.length === 0) return plainEntry.capabilities;
  return plainEntry.capabilities.filter((name) => names.includes(name));
}

/** One file with certificate and key, several of them, or pairs of files. */
function clients(value: unknown, bad: Bad): HostEntry["client"] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => {
    const [cert, key = cert, ...more] = texts(item, () =>
      bad("client is not a path, nor a list of pairs of paths"),
    );
    if (cert === undefined || key === undefined || more.length > 0)
      throw bad("client has something else than pairs");
    return { cert, key };
  });
}

function headers(value: unknown, bad: Bad): Readonly<Record<string, string>> {
  if (!isTable(value)) throw bad("header is not a table");
  const entries = Object.entries(value).map(([name, content]) => {
    const text = texts(content, () => bad(`header ${JSON.stringify(name)} is not text`)).join(", ");
    const isSound = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && /^[\t\x20-\x7e]*$/.test(text);
    if (!isSound) throw bad(`header ${JSON.stringify(name)} cannot be sent`);
    return [name.toLowerCase(), text] as const;
  });
  return Object.fromEntries(entries);
}

function texts(value: unknown, failure: () => TallymanError): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item !== "string") throw failure();
    return item;
  });
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function parseToml(text: string, bad: Bad): Table {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw bad(`line ${error.line}: ${error.message.split("\n")[0] ?? "not TOML"}`, error);
  }
}
