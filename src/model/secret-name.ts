/** Names that speak of a secret: what has one is not told to anybody. Pure. */

/** Stands where such a value would. */
export const hiddenValue = "(hidden)";

/** Some say it anywhere, some as their last word: `DB_PWD` is one, `PWD` the shell's folder, `KEYBOARD` none. */
const speaks = /pass|secret|token|private|credential|api_?key|(^|[_.-])(keys?|auth|authorization)$|[_-]pwd$/;

/** Of a variable, a key or a field: `DB_PASSWORD`, `environment.API_KEY`, `accessKey`. */
export function namesSecret(name: string): boolean {
  return speaks.test(name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase());
}
