/** Ranges of IP addresses, both families, as numbers. Pure. */

export type Family = 4 | 6;

export interface IpRange {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

/** Of a CIDR, or of one address; undefined for what is neither. Bits below the prefix are passed over. */
export function ipRange(text: string): IpRange | undefined {
  const [address = "", length, ...rest] = text.split("/");
  const family = familyOf(address);
  if (family === undefined || rest.length > 0) return undefined;
  const bits = bitsOf(family);
  const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : bits + 1;
  if (prefix > bits) return undefined;
  const count = 1n << BigInt(bits - prefix);
  const number = family === 4 ? numberOf4(address) : numberOf6(address);
  const first = number - (number % count);
  return { family, first, last: first + count - 1n };
}

export function overlap(a: IpRange, b: IpRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

export function contains(outer: IpRange, inner: IpRange): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

/** The subnets of `prefix` bits that `range` is made of, in order. */
export function* subnetsOf({ family, first, last }: IpRange, prefix: number): Generator<string> {
  const count = 1n << BigInt(bitsOf(family) - prefix);
  for (let base = first; base + count - 1n <= last; base += count) {
    yield `${addressText(family, base)}/${prefix}`;
  }
}

export function addressText(family: 4 | 6, number: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 0xffn).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => (number >> BigInt(112 - 16 * index)) & 0xffffn);
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(":")}]`).hostname.slice(1, -1);
}

function familyOf(address: string): 4 | 6 | undefined {
  const byte = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  if (new RegExp(`^${byte}(\\.${byte}){3}$`).test(address)) return 4;
  return /^[\da-f:.]+$/i.test(address) && URL.canParse(`http://[${address}]`) ? 6 : undefined;
}

function bitsOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

function numberOf4(address: string): bigint {
  return address.split(".").reduce((number, byte) => number * 256n + BigInt(byte), 0n);
}

/** What a URL makes of it has no dots in it, and the longest run of zeros left out. */
function numberOf6(address: string): bigint {
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const [before, after] = [groups(head), groups(tail ?? "")];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].reduce(
    (number, group) => (number << 16n) | BigInt(`0x${group}`),
    0n,
  );
}
