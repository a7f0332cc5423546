/** What a registry asks for with 401: the WWW-Authenticate header (RFC 9110, section 11.6.1). Pure. */

export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  readonly parameters: Readonly<Partial<Record<string, string>>>;
}

/** The first challenge of a header; undefined where there is none. */
export function parseChallenge(header: string | null): Challenge | undefined {
  const match = /^\s*([A-Za-z0-9-]+)\s*(.*)$/s.exec(header ?? "");
  if (!match) return undefined;
  const [, scheme = "", rest = ""] = match;
  const parameters: Record<string, string> = {};
  for (const [, key = "", quoted, bare] of rest.matchAll(
    /([A-Za-z0-9_-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g,
  )) {
    parameters[key.toLowerCase()] = quoted?.replace(/\\(.)/g, "$1") ?? bare ?? "";
  }
  return { scheme: scheme.toLowerCase(), parameters };
}
