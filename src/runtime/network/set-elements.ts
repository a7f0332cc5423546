/** The command that puts elements into a set of nftables; none where there are none, which nft would not take. Pure. */
export function setElements(set: string, elements: readonly string[]): readonly string[] {
  return elements.length === 0 ? [] : [`add element ${set} { ${elements.join(", ")} }`];
}
