/** Sizes as Compose writes them: bytes, or `64k`, `256mb`, `1.5g`, `1GiB`; all of them in steps of 1024. */

const unitBytes = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };
type Unit = keyof typeof unitBytes;

/** Bytes; undefined where the text is no size. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit = "b"] = /^(\d+(?:\.\d+)?) ?(?:([bkmgt])(?:i?b)?)?$/.exec(text.toLowerCase()) ?? [];
  if (amount === undefined) return undefined;
  const bytes = Math.floor(Number(amount) * unitBytes[unit as Unit]);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The one way to write it: the largest unit that gives a whole number. */
export function formatSize(bytes: number): string {
  const unit =
    (["t", "g", "m", "k"] as const).find((each) => bytes > 0 && bytes % unitBytes[each] === 0) ?? "b";
  return `${bytes / unitBytes[unit]}${unit}`;
}
