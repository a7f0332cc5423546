/** Splits a command line into words as a POSIX shell does ("Shell Command Language", 2.2 Quoting), and does no more. */

export type Words =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "unclosed"; readonly quote: string }
  /** An operator such as `&&` or `>`: it would need a shell. */
  | { readonly kind: "operator"; readonly operator: string };

export function splitWords(line: string): Words {
  const words: string[] = [];
  let word: string | undefined;
  let index = 0;
  while (index < line.length) {
    const character = line[index] ?? "";
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      index += 1;
    } else if (character === "'" || character === '"') {
      const end = closingQuote(line, index);
      if (end === -1) return { kind: "unclosed", quote: character };
      const inner = line.slice(index + 1, end);
      word = (word ?? "") + (character === "'" ? inner : inner.replace(/\\(["\\$`\n])/g, unescaped));
      index = end + 1;
    } else if (character === "\\") {
      const next = line[index + 1] ?? "\\";
      word = next === "\n" ? word : (word ?? "") + next;
      index += 2;
    } else if (/[;&|<>]/.test(character)) {
      return { kind: "operator", operator: /^(?:&&|\|\||>>|<<|.)/.exec(line.slice(index))?.[0] ?? character };
    } else {
      word = (word ?? "") + character;
      index += 1;
    }
  }
  if (word !== undefined) words.push(word);
  return { kind: "words", words };
}

function closingQuote(line: string, open: number): number {
  const quote = line[open];
  for (let index = open + 1; index < line.length; index += 1) {
    if (line[index] === "\\" && quote === '"') index += 1;
    else if (line[index] === quote) return index;
  }
  return -1;
}

function unescaped(_escape: string, character: string): string {
  return character === "\n" ? "" : character;
}
