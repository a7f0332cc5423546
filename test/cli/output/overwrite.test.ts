import { expect, it } from "vitest";
import { overwrite, type Screen } from "../../../src/cli/output/overwrite.ts";

function written(stdout: Screen["stdout"], texts: readonly string[]): readonly string[] {
  const out: string[] = [];
  const show = overwrite({ out: (text) => out.push(text), stdout });
  texts.forEach(show);
  return out;
}

it("on a screen each text takes the place of the one before, also where that was longer", () => {
  expect(written({ isTTY: true, rows: 24 }, ["a\nb\n", "c\n", "d\n"])).toEqual([
    "\x1b[Ja\nb\n",
    "\x1b[2A\r\x1b[Jc\n",
    "\x1b[1A\r\x1b[Jd\n",
  ]);
});

it("what is longer than the screen is cut, so that it does not scroll", () => {
  expect(written({ isTTY: true, rows: 3 }, ["a\nb\nc\nd\n", "e\n"])).toEqual([
    "\x1b[Ja\nb\n",
    "\x1b[2A\r\x1b[Je\n",
  ]);
});

it("in a pipe they follow each other as they are", () => {
  expect(written({ isTTY: false, rows: 0 }, ["a\n", "b\n"])).toEqual(["a\n", "b\n"]);
});
