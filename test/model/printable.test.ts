import { expect, it } from "vitest";
import { printable, printableLine } from "../../src/model/printable.ts";

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
