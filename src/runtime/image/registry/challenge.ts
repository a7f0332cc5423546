/** What a registry asks for with 401: the WWW-Authenticate header (RFC 9110, section 11.6.1). Pure. */

export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  readonly parameters: Readonly<Partial<Record<string, string>>>;
}

const parameter = /\s*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)/y;
const scheme = /[\s,]*([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?=[\s,]|$)/y;

/** The challenges of a header, in its order; what cannot be read ends the list. */
export function parseChallenges(header: string | undefined): readonly Challenge[] {
  const text = header ?? "";
  const challenges: Challenge[] = [];
  let at = 0;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  for (let start = next(scheme); start; start = next(scheme)) {
    const parameters: Record<string, string> = {};
    for (let pair = next(parameter); pair; pair = next(parameter)) {
      const [, key = "", quoted, bare] = pair;
      parameters[key.toLowerCase()] ??= quoted?.replace(/\\(.)/g, "$1") ?? bare ?? "";
    }
    challenges.push({ scheme: (start[1] ?? "").toLowerCase(), parameters });
  }
  return challenges;
}

/** The one that we answer: a token if one will do, else a password. Undefined where we know neither. */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  const bearer = challenges.find(({ scheme, parameters }) => scheme === "bearer" && parameters["realm"]);
  return bearer ?? challenges.find(({ scheme }) => scheme === "basic");
}
