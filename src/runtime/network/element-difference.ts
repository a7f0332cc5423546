/** What a set of the kernel gains and loses, from the parts that it is made of. Pure. */

/** Elements with their comments. The same value as long as nothing of it changes. */
export type Elements = ReadonlyMap<string, string>;

export interface ElementDifference {
  readonly gone: Elements;
  readonly added: Elements;
}

/** Looks only at parts that are not the same in both. An element may be in several. */
export function elementDifference(
  before: readonly Elements[],
  after: readonly Elements[],
): ElementDifference {
  const [old, wanted] = [new Set(before), new Set(after)];
  const gone = joined(before.filter((part) => !wanted.has(part)));
  const added = joined(after.filter((part) => !old.has(part)));
  const kept = before.filter((part) => wanted.has(part));
  const isKept = (element: string): boolean => kept.some((part) => part.has(element));
  return {
    gone: filtered(gone, (element, comment) => added.get(element) !== comment && !isKept(element)),
    added: filtered(added, (element, comment) => gone.get(element) !== comment && !isKept(element)),
  };
}

function joined(parts: readonly Elements[]): Elements {
  return new Map(parts.flatMap((part) => [...part]));
}

function filtered(all: Elements, isWanted: (element: string, comment: string) => boolean): Elements {
  return new Map([...all].filter(([element, comment]) => isWanted(element, comment)));
}
