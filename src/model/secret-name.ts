/** Names that speak of a secret: what has one is not told to anybody. Pure. */

/** Stands where such a value would. */
export const hiddenValue = "(hidden)";

/** Of a variable, a key or a field: `DB_PASSWORD`, `environment.API_KEY`. */
export function namesSecret(name: string): boolean {
  return /pass|secret|token|private|credential|api_?key/i.test(name);
}
