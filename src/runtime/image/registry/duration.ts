/** Go's durations, as hosts.toml has them: `10s`, `1m30s`, `500ms`. Milliseconds; undefined where it is none. Pure. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:h|m|s|ms))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ""] ?? 0), 0);
}

const unitMs: Readonly<Partial<Record<string, number>>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
