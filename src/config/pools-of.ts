/** `network.pools`: where subnets of networks are taken from. Pure. */
import { errorAt, type Checking } from "../document/checking.ts";
import { ipRange, overlap } from "../model/ip-range.ts";
import type { SubnetPool } from "../runtime/network/subnet.ts";

export function poolsOf(pools: readonly SubnetPool[], checking: Checking): readonly SubnetPool[] {
  pools.forEach((pool, index) => {
    const path = `network.pools[${index}]`;
    checkBase(pool, { path, checking });
    const other = pools.slice(0, index).find(({ base }) => meet(base, pool.base));
    if (other === undefined) return;
    errorAt(checking, `${path}.base`, {
      code: "subnet-taken",
      message: `${path}.base is ${pool.base}, which overlaps ${other.base}`,
      hint: "Keep one of the two.",
    });
  });
  return pools;
}

/** More of them is more than one host has. */
const mostBits = 16;

function checkBase(
  { base, size }: SubnetPool,
  { path, checking }: { path: string; checking: Checking },
): void {
  const prefix = Number(base.split("/")[1]);
  if (ipRange(base)?.family !== 4 || !(prefix >= 8)) {
    errorAt(checking, `${path}.base`, {
      code: "invalid-subnet",
      message: `${path}.base is ${JSON.stringify(base)}, which is no subnet of IPv4`,
      hint: "Write such as 10.128.0.0/12.",
    });
  } else if (size < prefix || size > 29 || size - prefix > mostBits) {
    errorAt(checking, `${path}.size`, {
      code: "invalid-value",
      message: `${path}.size is ${size}, but subnets of ${base} are /${prefix} to /${Math.min(29, prefix + mostBits)}`,
      hint: "Write 20 for 3,000 containers in each network.",
    });
  }
}

function meet(one: string, other: string): boolean {
  const [a, b] = [ipRange(one), ipRange(other)];
  return a !== undefined && b !== undefined && overlap(a, b);
}
