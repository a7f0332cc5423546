import { expect, it } from "vitest";
import { diagnosticsText, errorText } from "../../../src/cli/output/diagnostics.ts";
import { TallymanError } from "../../../src/model/error.ts";

const plain = (_tone: string, text: string): string => text;

it("an error that quotes an image commands no terminal", () => {
  const error = new TallymanError("X", "it has no file \u001b[2Ja", {
    hint: "It has: \u009b1mb.\nSo there.",
  });
  expect(errorText(error, plain)).toBe("error: it has no file ?[2Ja\n    It has: ?1mb.\nSo there.\n");
});

it("nor does a diagnostic of a file that somebody else wrote", () => {
  const place = { file: "a\r\u001b[A.yaml", line: 1, column: 2 };
  const diagnostic = {
    severity: "error",
    code: "x",
    message: "no \u001b]0;k\u0007",
    hint: "\u001bc",
    place,
  } as const;
  expect(diagnosticsText([diagnostic], plain)).toBe("a??[A.yaml:1:2: error: no ?]0;k?\n    ?c\n");
});
