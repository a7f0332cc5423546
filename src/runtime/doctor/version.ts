/** Versions of host programs, as their makers number them. */

/** A release candidate comes before its release, whose last part is Infinity. */
export type Version = readonly [major: number, minor: number, patch: number, candidate: number];

/** The first version in `text` (`1.2.0-rc.3`, `1.1.5+ds1`, `2.1`); undefined where there is none. */
export function parseVersion(text: string): Version | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?(?:-rc\.?(\d+))?/.exec(text);
  if (!match) return undefined;
  const [, major, minor, patch = 0, candidate = Infinity] = match;
  return [Number(major), Number(minor), Number(patch), Number(candidate)];
}

export function isOlder(a: Version, b: Version): boolean {
  const differing = a.findIndex((part, index) => part !== b[index]);
  return differing >= 0 && (a[differing] ?? 0) < (b[differing] ?? 0);
}
