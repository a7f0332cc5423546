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

/** Select Graphic Rendition (ECMA-48, 8.3.117): the colour and style of what follows. */
const style = /(\u001b\[[\d;:]*m)/;

/** One line as {@link printable}, in its own colours, which end with it; without the return of a terminal's line. */
export function printableInColour(line: string): string {
  const parts = line.replace(/\r$/, "").split(style);
  const shown = parts.map((part, index) => (index % 2 === 1 ? part : printable(part))).join("");
  return parts.length > 1 ? `${shown}\u001b[0m` : shown;
}
