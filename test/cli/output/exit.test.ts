import { expect, it } from "vitest";
import { exitText } from "../../../src/cli/output/exit.ts";

it.each([
  [0, false, "0"],
  [137, false, "137"],
  [null, false, "unknown"],
  [137, true, "137, out of memory"],
  [null, true, "unknown, out of memory"],
  [1, true, "1, a child was out of memory"],
])("code %s, out of memory %s: %s", (code, oomKilled, text) => {
  expect(exitText({ code, oomKilled })).toBe(text);
});
