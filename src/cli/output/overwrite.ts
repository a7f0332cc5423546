/** A text that takes the place of the one before: on a screen; in a file or pipe they follow each other. */
export interface Screen {
  readonly out: (text: string) => void;
  readonly stdout: Pick<NodeJS.WriteStream, "isTTY" | "rows">;
}

export function overwrite({ out, stdout }: Screen): (text: string) => void {
  if (!stdout.isTTY) return out;
  let shownLines = 0;
  return (text) => {
    // What does not fit is left out: it would scroll away from under the cursor.
    const lines = text.split("\n").slice(0, Math.max(1, stdout.rows - 1));
    out(`${shownLines > 0 ? `\x1b[${shownLines}A\r` : ""}\x1b[J${lines.join("\n").trimEnd()}\n`);
    shownLines = text === "" ? 0 : lines.filter((line) => line !== "").length;
  };
}
