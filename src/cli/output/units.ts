/** Sizes and times as people say them. Pure. */

/** `12.3 MB`; powers of 1000, as registries count. */
export function sizeText(bytes: number): string {
  return scaled(bytes, { base: 1000, units: ["B", "kB", "MB", "GB", "TB"] });
}

/** `12.3 MiB`; powers of 1024, as limits in stack files count (`32M`). */
export function memoryText(bytes: number): string {
  return scaled(bytes, { base: 1024, units: ["B", "KiB", "MiB", "GiB", "TiB"] });
}

/** `1 layer`, `2 layers`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `0.08s`, `12s`, `5m`, `3h`, `12d`. */
export function durationText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(2)}s`;
  if (seconds < 120) return `${Math.floor(seconds)}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

function scaled(bytes: number, { base, units }: { base: number; units: readonly string[] }): string {
  let value = bytes;
  let power = 0;
  for (; value >= base && power < units.length - 1; power++) value /= base;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power] ?? ""}`;
}
