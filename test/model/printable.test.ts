import { expect, it } from "vitest";
import { printable, printableInColour, printableLine } from "../../src/model/printable.ts";

it.each([
  ["a colour, and a title of the window", "\u001b[31mred\u001b]0;title\u0007", "?[31mred?]0;title?"],
  ["the same in one character", "\u009b2J", "?2J"],
  ["a line written over", "safe\rreal", "safe?real"],
  ["text that runs the other way", "a\u202etxt.exe\u2066b", "a?txt.exe?b"],
  ["nothing of other languages", "größer, 日本語, עברית", "größer, 日本語, עברית"],
])("takes the power over a terminal from %s", (_what, text, shown) => {
  expect(printable(text)).toBe(shown);
  expect(printableLine(text)).toBe(shown);
});

it("leaves lines, unless there is to be one", () => {
  expect(printable("a\n\tb")).toBe("a\n\tb");
  expect(printableLine("a\n\tb")).toBe("a??b");
});

it.each([
  [
    "colours and styles, to the end of the line",
    "\u001b[1;31mred\u001b[38:5:4m blue",
    "\u001b[1;31mred\u001b[38:5:4m blue\u001b[0m",
  ],
  ["tabs", "a\tb", "a\tb"],
  ["nothing of a line's end", "a\r", "a"],
])("of a line in its own colours keeps %s", (_what, line, shown) => {
  expect(printableInColour(line)).toBe(shown);
});

it.each([
  ["the cursor", "\u001b[2A\u001b[Kgone\u009b2J", "?[2A?[Kgone?2J"],
  ["titles and links", "\u001b]0;title\u0007\u001b]8;;http://x\u001b\\", "?]0;title??]8;;http://x?\\"],
  ["questions that a terminal answers as if typed", "\u001b[6n\u001b[c\u0005", "?[6n?[c?"],
  ["what only looks like a colour", "\u001b[?1m\u001b[1 m", "?[?1m?[1 m"],
  ["a line written over", "real\rfake", "real?fake"],
])("and takes from it the power over %s", (_what, line, shown) => {
  expect(printableInColour(line)).toBe(shown);
});
