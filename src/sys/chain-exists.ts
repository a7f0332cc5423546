/** Whether a chain of nftables is there, whoever made it: some 50 us, however large the rules of the host are. */
import { askNftables } from "./nftables-socket.ts";

export interface ChainName {
  readonly family: keyof typeof families;
  readonly table: string;
  readonly chain: string;
}

const families = { inet: 1, ip: 2, ip6: 10 } as const;
const askChain = 4;
const aChain = 3;
const [tableAttribute, chainAttribute] = [1, 3];

/** In our network namespace. Throws a SystemError where the kernel has no nftables. */
export function chainExists({ family, table, chain }: ChainName): boolean {
  const attributes = { [tableAttribute]: table, [chainAttribute]: chain };
  return askNftables({ type: askChain, family: families[family], attributes }).type === aChain;
}
