/** What others wrote, for the eyes of a person. Pure. */

/** Control characters, and those that turn the direction of text around: a terminal obeys them. */
const unseen = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** With `?` for what would move the cursor, change colours or hide other text; newlines and tabs stay. */
export function printable(text: string): string {
  return text.replaceAll(unseen, (character) => (character === "\n" || character === "\t" ? character : "?"));
}

/** As {@link printable}, and on one line. */
export function printableLine(text: string): string {
  return text.replaceAll(unseen, "?");
}
