/**
 * Which address of a network's last quarter stands for what, in `<dataDir>/service-addresses.json`: recorded before it
 * is used, so that it stays the same as long as anybody may know it. Where it starts to look follows from the name, so
 * that a service that comes back most likely has its address again.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../model/error.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { RuntimePaths } from "../types.ts";
import type { Place } from "./types.ts";

/** By network, what has an address there, and which. */
type Addresses = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Takes no lock: as they were a moment ago. Throws NEWER_FORMAT. */
export function readVirtualAddresses(paths: RuntimePaths): Promise<Addresses> {
  return readAddresses(pathOf(paths));
}

export class VirtualAddresses {
  readonly #path: string;
  #addresses: Addresses | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(paths: RuntimePaths) {
    this.#path = pathOf(paths);
  }

  /** Undefined where the network has none left. */
  give(key: string, place: Pick<Place, "network" | "cidr" | "used">): Promise<string | undefined> {
    const { network } = place;
    return this.#inTurn(async (all) => {
      const here = all[network] ?? {};
      const known = here[key];
      if (known !== undefined && isReserved(known, place)) return known;
      const address = firstFree(place, { key, taken: new Set(Object.values(here)) });
      if (address !== undefined) await this.#write({ ...all, [network]: { ...here, [key]: address } });
      return address;
    });
  }

  async release(key: string, network: string): Promise<void> {
    await this.#inTurn(async (all) => {
      const { [key]: given, ...others } = all[network] ?? {};
      if (given !== undefined) await this.#write({ ...all, [network]: others });
    });
  }

  #inTurn<Result>(work: (addresses: Addresses) => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(async () => work((this.#addresses ??= await readAddresses(this.#path))));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #write(addresses: Addresses): Promise<void> {
    const used = Object.fromEntries(
      Object.entries(addresses).filter(([, here]) => Object.keys(here).length > 0),
    );
    await writeFileAtomic(
      this.#path,
      `${JSON.stringify({ formatVersion: 1, addresses: used }, undefined, 1)}\n`,
    );
    this.#addresses = used;
  }
}

function pathOf({ dataDir }: RuntimePaths): string {
  return join(dataDir, "service-addresses.json");
}

async function readAddresses(path: string): Promise<Addresses> {
  try {
    const record = JSON.parse(await readFile(path, "utf8")) as {
      readonly formatVersion?: unknown;
      readonly addresses?: Addresses;
    };
    if (record.formatVersion === 1 && record.addresses !== undefined) return record.addresses;
    throw new TallymanError("NEWER_FORMAT", `${path} was written by another version of tallyman`, {
      hint: "Run the version that wrote it, or a later one.",
    });
  } catch (error) {
    if (codeOf(error) === "ENOENT" || error instanceof SyntaxError) return {};
    throw error;
  }
}

/** In the last quarter of the subnet, the last address not among them: it is that of broadcasts. Pure. */
function firstFree(
  place: Pick<Place, "cidr" | "used">,
  { key, taken }: { readonly key: string; readonly taken: ReadonlySet<string> },
): string | undefined {
  const { first, count } = lastQuarter(place.cidr);
  const start = createHash("sha256").update(key).digest().readUInt32BE();
  for (let tried = 0; tried < count; tried += 1) {
    const address = textOf(first + ((start + tried) % count));
    if (!taken.has(address) && isReserved(address, place)) return address;
  }
  return undefined;
}

function isReserved(address: string, { cidr, used }: Pick<Place, "cidr" | "used">): boolean {
  const { first, count } = lastQuarter(cidr);
  const number = numberOf(address);
  const isUsed = used.some((span) => numberOf(span.first) <= number && number <= numberOf(span.last));
  return number >= first && number < first + count && !isUsed;
}

function lastQuarter(cidr: string): { readonly first: number; readonly count: number } {
  const [address = "", length = "32"] = cidr.split("/");
  const size = 2 ** (32 - Number(length));
  const base = numberOf(address) - (numberOf(address) % size);
  return { first: base + size - size / 4, count: size / 4 - 1 };
}

function numberOf(address: string): number {
  return address.split(".").reduce((number, byte) => number * 256 + Number(byte), 0);
}

function textOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
