import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { substitute } from "../../src/stack/substitute.ts";

const variables: Readonly<Partial<Record<string, string>>> = {
  SET: "value",
  EMPTY: "",
  OTHER: "other",
  _9: "nine",
};
const lookup = (name: string): string | undefined => variables[name];

describe("substitution", () => {
  test.each([
    ["$SET", "value"],
    ["${SET}", "value"],
    ["a-$SET-${OTHER}-b", "a-value-other-b"],
    ["$SETTER", ""],
    ["$_9", "nine"],
    ["${EMPTY}", ""],
    ["${UNSET:-default}", "default"],
    ["${EMPTY:-default}", "default"],
    ["${SET:-default}", "value"],
    ["${UNSET-default}", "default"],
    ["${EMPTY-default}", ""],
    ["${SET:+replaced}", "replaced"],
    ["${EMPTY:+replaced}", ""],
    ["${EMPTY+replaced}", "replaced"],
    ["${UNSET+replaced}", ""],
    ["${EMPTY?needed}", ""],
    ["${SET:?needed}", "value"],
    ["${UNSET:-${OTHER}}", "other"],
    ["${UNSET:-${ALSO_UNSET:-$SET}}", "value"],
    ["${SET:+<${OTHER}>}", "<other>"],
    ['${UNSET:-{"json": {"a": 1}}}', '{"json": {"a": 1}}'],
    ["${UNSET:-a:-b}", "a:-b"],
    ["${UNSET:-two\nlines}", "two\nlines"],
    ["$$SET", "$SET"],
    ["$$$SET", "$value"],
    ["$${SET}", "${SET}"],
    ["costs 5$", "costs 5$"],
    ["$1 and $ and $-", "$1 and $ and $-"],
  ])("%j becomes %j", (text, expected) => {
    const result = substitute(text, lookup);
    expect(result.text).toBe(expected);
    expect(result.failures).toEqual([]);
  });

  test("a variable that is not set stands for nothing and is named", () => {
    expect(substitute("[$UNSET]", lookup)).toMatchObject({ text: "[]", unset: ["UNSET"] });
  });

  test("a default makes an unset variable no matter", () => {
    expect(substitute("${UNSET:-x}${UNSET+y}", lookup).unset).toEqual([]);
  });

  test.each([
    ["${UNSET:?set it}", "set it"],
    ["${UNSET?}", ""],
    ["${EMPTY:?${OTHER} is needed}", "other is needed"],
  ])("%j fails with the message %j", (text, message) => {
    expect(substitute(text, lookup).failures).toMatchObject([{ kind: "required", message }]);
  });

  test("every required variable of one text is named", () => {
    const names = substitute("${A:?x}${B:?y}", lookup).failures.map(
      (each) => each.kind === "required" && each.name,
    );
    expect(names).toEqual(["A", "B"]);
  });

  test.each(["${", "${}", "${SET", "${1}", "${SET!}", "${UNSET:-${}", "${A B}"])(
    "%j cannot be read",
    (text) => {
      expect(substitute(text, lookup).failures).toMatchObject([{ kind: "malformed" }]);
    },
  );

  test("a text without a dollar sign stays as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!text.includes("$"));
        expect(substitute(text, lookup)).toEqual({ text, unset: [], failures: [] });
      }),
    );
  });

  test("a text whose dollar signs are doubled comes out with single ones", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(substitute(text.replaceAll("$", "$$$$"), lookup)).toEqual({ text, unset: [], failures: [] });
      }),
    );
  });

  test("any text is substituted in time", () => {
    const pieces = fc.constantFrom("$", "{", "}", "${", ":-", "?", "+", "A", "SET", "$$");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        expect(typeof substitute(parts.join(""), lookup).text).toBe("string");
      }),
    );
  });
});
