import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../src/document/duration.ts";
import { nearest } from "../../src/model/nearest.ts";
import { formatSize, parseSize } from "../../src/document/size.ts";
import { splitWords } from "../../src/stack/split-words.ts";
import { defaultStackName } from "../../src/stack/stack-name.ts";

describe("durations", () => {
  test.each([
    ["0", 0, "0s"],
    ["10s", 10_000, "10s"],
    ["90s", 90_000, "1m30s"],
    ["1m30s", 90_000, "1m30s"],
    ["1.5h", 5_400_000, "1h30m"],
    ["1h0m0s", 3_600_000, "1h"],
    ["500ms", 500, "500ms"],
    ["1500us", 2, "2ms"],
    ["1d", 86_400_000, "24h"],
    ["1w", 604_800_000, "168h"],
  ])("%s is %d ms and written %s", (text, durationMs, written) => {
    expect(parseDuration(text)).toBe(durationMs);
    expect(formatDuration(durationMs)).toBe(written);
  });

  test.each(["", "10", "s", "-1s", "1 s", "1s2", "soon", "1e3s"])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test("what is written is read as the same", () => {
    fc.assert(fc.property(fc.nat(), (ms) => parseDuration(formatDuration(ms)) === ms));
  });
});

describe("sizes", () => {
  test.each([
    ["1024", 1024, "1k"],
    ["1000", 1000, "1000b"],
    ["64k", 65_536, "64k"],
    ["256MB", 268_435_456, "256m"],
    ["1.5g", 1_610_612_736, "1536m"],
    ["1GiB", 1_073_741_824, "1g"],
    ["12b", 12, "12b"],
    ["0", 0, "0b"],
  ])("%s is %d bytes and written %s", (text, bytes, written) => {
    expect(parseSize(text)).toBe(bytes);
    expect(formatSize(bytes)).toBe(written);
  });

  test.each(["", "-1", "m", "1x", "1 0m", "lots", "99999999999t"])("%j is none", (text) => {
    expect(parseSize(text)).toBeUndefined();
  });

  test("what is written is read as the same", () => {
    fc.assert(fc.property(fc.maxSafeNat(), (bytes) => parseSize(formatSize(bytes)) === bytes));
  });
});

describe("a command line", () => {
  test.each<[string, readonly string[]]>([
    ["", []],
    ["  a   b\tc\n", ["a", "b", "c"]],
    [`sh -c 'echo "hi"'`, ["sh", "-c", 'echo "hi"']],
    [`a"b c"'d e'f`, ["ab cd ef"]],
    [`"" ''`, ["", ""]],
    [`a\\ b \\"c`, ["a b", '"c']],
    [`"\\$x \\"q\\" \\n"`, ['$x "q" \\n']],
    [`'a\\b'`, ["a\\b"]],
    ["a \\\n b", ["a", "b"]],
    [`'a && b' "c | d" e\\;f`, ["a && b", "c | d", "e;f"]],
    ["--flag=#x $HOME *", ["--flag=#x", "$HOME", "*"]],
  ])("%j is split into %j", (line, words) => {
    expect(splitWords(line)).toEqual({ kind: "words", words });
  });

  test.each([
    ["a && b", "&&"],
    ["a;", ";"],
    ["a | b", "|"],
    ["a >> b", ">>"],
    ["a 2>&1", ">"],
  ])("%j would need a shell for %s", (line, operator) => {
    expect(splitWords(line)).toEqual({ kind: "operator", operator });
  });

  test.each([`a "b`, `a 'b`, `"\\"`])("%j has an open quote", (line) => {
    expect(splitWords(line)).toMatchObject({ kind: "unclosed" });
  });

  test("words in single quotes come back as they were", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
        expect(splitWords(line)).toEqual({ kind: "words", words });
      }),
    );
  });
});

describe("the nearest known word", () => {
  const known = ["environment", "entrypoint", "env_file", "image", "ports"];
  test.each([
    ["enviroment", "environment"],
    ["Image", "image"],
    ["imgae", "image"],
    ["port", "ports"],
    ["envfile", "env_file"],
    ["banana", undefined],
    ["x", undefined],
  ])("to %s is %s", (word, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });
});

describe("the name of a stack from its folder", () => {
  test.each([
    ["Shop", "shop"],
    ["my app.v2", "myappv2"],
    ["_-x_1", "x_1"],
    ["日本", ""],
  ])("%s is %j", (folder, name) => {
    expect(defaultStackName(folder)).toBe(name);
  });
});
