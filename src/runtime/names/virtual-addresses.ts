/**
 * Which address of a network's last quarter stands for what, in `<dataDir>/service-addresses.json`: recorded before it
 * is used, so that it stays the same as long as anybody may know it. Where it starts to look follows from the name, so
 * that a service that comes back most likely has its address again.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../model/error.ts";
import { familyOf } from "../../model/host-address.ts";
import { addressText, ipRange, type Family, type IpRange } from "../../model/ip-range.ts";
import { serviceRange } from "../../model/service-range.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { RuntimePaths } from "../types.ts";
import type { BridgePlace } from "./types.ts";

/** By network, what has an address there, and which. */
type Addresses = Readonly<Record<string, Readonly<Record<string, string>>>>;

type BothFamilies = Readonly<Record<Family, Addresses>>;

/** Takes no lock: as they were a moment ago. Throws NEWER_FORMAT. */
export function readVirtualAddresses(paths: RuntimePaths): Promise<BothFamilies> {
  return readAddresses(pathOf(paths));
}

export class VirtualAddresses {
  readonly #path: string;
  #addresses: BothFamilies | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(paths: RuntimePaths) {
    this.#path = pathOf(paths);
  }

  /** Undefined where the network has none left of that family. */
  give(key: string, place: Pick<BridgePlace, "network" | "cidr" | "used">): Promise<string | undefined> {
    const { network } = place;
    const family = familyOf(place.cidr);
    return this.#inTurn(async (all) => {
      const here = all[family][network] ?? {};
      const known = here[key];
      if (known !== undefined && isReserved(known, place)) return known;
      const address = firstFree(place, { key, taken: new Set(Object.values(here)) });
      if (address !== undefined) {
        await this.#write({ ...all, [family]: { ...all[family], [network]: { ...here, [key]: address } } });
      }
      return address;
    });
  }

  async release(
    key: string,
    { network, family }: { readonly network: string; readonly family: Family },
  ): Promise<void> {
    await this.#inTurn(async (all) => {
      const { [key]: given, ...others } = all[family][network] ?? {};
      if (given !== undefined) {
        await this.#write({ ...all, [family]: { ...all[family], [network]: others } });
      }
    });
  }

  #inTurn<Result>(work: (addresses: BothFamilies) => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(async () => work((this.#addresses ??= await readAddresses(this.#path))));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #write(addresses: BothFamilies): Promise<void> {
    const used = { 4: withoutEmpty(addresses[4]), 6: withoutEmpty(addresses[6]) };
    const record = { formatVersion: 1, addresses: used[4], addresses6: used[6] };
    await writeFileAtomic(this.#path, `${JSON.stringify(record, undefined, 1)}\n`);
    this.#addresses = used;
  }
}

function withoutEmpty(addresses: Addresses): Addresses {
  return Object.fromEntries(Object.entries(addresses).filter(([, here]) => Object.keys(here).length > 0));
}

function pathOf({ dataDir }: RuntimePaths): string {
  return join(dataDir, "service-addresses.json");
}

async function readAddresses(path: string): Promise<BothFamilies> {
  try {
    const record = JSON.parse(await readFile(path, "utf8")) as {
      readonly formatVersion?: unknown;
      readonly addresses?: Addresses;
      readonly addresses6?: Addresses;
    };
    const { formatVersion, addresses, addresses6 = {} } = record;
    if (formatVersion === 1 && addresses !== undefined) return { 4: addresses, 6: addresses6 };
    throw new TallymanError("NEWER_FORMAT", `${path} was written by another version of tallyman`, {
      hint: "Run the version that wrote it, or a later one.",
    });
  } catch (error) {
    if (codeOf(error) === "ENOENT" || error instanceof SyntaxError) return { 4: {}, 6: {} };
    throw error;
  }
}

/** In the last quarter of the subnet, the last address not among them: of IPv4, it is that of broadcasts. Pure. */
function firstFree(
  { cidr, used }: Pick<BridgePlace, "cidr" | "used">,
  { key, taken }: { readonly key: string; readonly taken: ReadonlySet<string> },
): string | undefined {
  const { family, first, last } = serviceRange(rangeOf(cidr));
  const spans = used.map((span) => ({ first: rangeOf(span.first).first, last: rangeOf(span.last).first }));
  if (first === last) return undefined;
  const from = first + (BigInt(createHash("sha256").update(key).digest().readUInt32BE()) % (last - first));
  const round = [
    [from, last],
    [first, from],
  ] as const;
  for (const [begin, end] of round) {
    for (let number = begin; number < end; number += 1n) {
      const address = addressText(family, number);
      const span = spans.find((each) => each.first <= number && number <= each.last);
      if (span === undefined && !taken.has(address)) return address;
      if (span !== undefined) number = span.last; // of IPv6, it can have more addresses than anybody can try
    }
  }
  return undefined;
}

function isReserved(address: string, { cidr, used }: Pick<BridgePlace, "cidr" | "used">): boolean {
  const { first, last } = serviceRange(rangeOf(cidr));
  const number = rangeOf(address).first;
  const isUsed = used.some(
    (span) => rangeOf(span.first).first <= number && number <= rangeOf(span.last).first,
  );
  return number >= first && number < last && !isUsed;
}

function rangeOf(text: string): IpRange {
  const range = ipRange(text);
  if (range === undefined) throw new Error(`${JSON.stringify(text)} is no range of addresses`);
  return range;
}
