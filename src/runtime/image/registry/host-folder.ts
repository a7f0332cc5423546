/**
 * The folder of a registry in the manner of containerd's and Docker's `certs.d`: `<root>/<host>/hosts.toml`, or only
 * certificates: `*.crt` of who is trusted, `*.cert` with `*.key` of who we are.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { codeOf, messageOf } from "../../../model/error.ts";
import { endpointOf, type Endpoint } from "./endpoint.ts";
import { badHostsFile, parseHostsFile, plainEntry, type HostEntry } from "./hosts-file.ts";
import type { TlsSettings } from "./transport.ts";

/**
 * Where to ask for a registry's images: its mirrors, and last the registry itself. The first of `roots` that has a
 * folder for it, or one for all (`_default`), decides. Throws BAD_HOSTS_FILE.
 */
export async function findEndpoints(
  registry: string,
  roots: readonly string[],
): Promise<readonly Endpoint[]> {
  const entries = (await firstFolder(registry, roots)) ?? [plainEntry];
  return Promise.all(entries.map(async (entry) => endpointOf(registry, entry, await readTls(entry))));
}

/** The names that a registry's folder may have, the best first. Pure. */
export function folderNames(registry: string): readonly string[] {
  const colon = registry.lastIndexOf(":");
  const hasPort = colon > 0 && !registry.endsWith("]");
  const spelled = hasPort ? [`${registry.slice(0, colon)}_${registry.slice(colon + 1)}_`] : [];
  return [...spelled, registry, "_default"];
}

async function firstFolder(
  registry: string,
  roots: readonly string[],
): Promise<readonly HostEntry[] | undefined> {
  for (const root of roots) {
    for (const name of folderNames(registry)) {
      const entries = await readFolder(join(root, name));
      if (entries) return entries;
    }
  }
  return undefined;
}

const maxBytes = 1024 * 1024;

/** Undefined where there is no such folder. */
async function readFolder(folder: string): Promise<readonly HostEntry[] | undefined> {
  const names = await unlessMissing(readdir(folder));
  if (!names) return undefined;
  if (names.includes("hosts.toml")) {
    const path = join(folder, "hosts.toml");
    const text = await readText(path);
    if (text.trim() !== "") return parseHostsFile(text, path);
  }
  return [certificatesOf(folder, names)];
}

function certificatesOf(folder: string, names: readonly string[]): HostEntry {
  const of = (suffix: string): readonly string[] => names.filter((name) => name.endsWith(suffix)).sort();
  const client = of(".cert").map((name) => {
    const key = name.replace(/\.cert$/, ".key");
    if (!names.includes(key)) throw badHostsFile(join(folder, name), `there is no ${key} beside it`);
    return { cert: join(folder, name), key: join(folder, key) };
  });
  return { ...plainEntry, ca: of(".crt").map((name) => join(folder, name)), client };
}

async function readTls({ ca, client, skipVerify }: HostEntry): Promise<TlsSettings> {
  const pairs = client.map(async ({ cert, key }) => {
    const pair = { cert: await readText(cert), key: await readText(key) };
    assertSound(cert, pair);
    return pair;
  });
  const trusted = ca.map(async (path) => {
    const pem = await readText(path);
    if (!pem.includes("-----BEGIN ")) throw badHostsFile(path, "there is no certificate in it");
    assertSound(path, { ca: pem });
    return pem;
  });
  return { ca: await Promise.all(trusted), client: await Promise.all(pairs), skipVerify };
}

function assertSound(path: string, content: Parameters<typeof createSecureContext>[0]): void {
  try {
    createSecureContext(content);
  } catch (error) {
    throw badHostsFile(path, `OpenSSL cannot read it: ${messageOf(error)}`, error);
  }
}

async function readText(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > maxBytes) throw badHostsFile(path, `it is larger than ${maxBytes} bytes`);
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") throw badHostsFile(path, "there is no such file", error);
    throw error;
  }
}

async function unlessMissing<Value>(work: Promise<Value>): Promise<Value | undefined> {
  return work.catch((error: unknown) => {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  });
}
