/** Durations as Compose writes them: `90s`, `1m30s`, `1.5h`, `500ms`; also days and weeks. */

/** Largest first: the order in which {@link formatDuration} uses them. */
const unitMs = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};
type Unit = keyof typeof unitMs;

/** Milliseconds, rounded; undefined where the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|us|µs|ns|[wdhms]))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)([a-zµ]+)/g);
  return Math.round(
    [...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * unitMs[unit as Unit], 0),
  );
}

/** The one way to write it: `1m30s`. */
export function formatDuration(durationMs: number): string {
  let rest = durationMs;
  let text = "";
  for (const unit of ["h", "m", "s", "ms"] as const) {
    const amount = Math.floor(rest / unitMs[unit]);
    rest -= amount * unitMs[unit];
    if (amount > 0) text += `${amount}${unit}`;
  }
  return text === "" ? "0s" : text;
}
