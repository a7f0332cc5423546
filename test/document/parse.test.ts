import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import type { JsonValue } from "../../src/model/json.ts";
import { Findings } from "../../src/document/findings.ts";
import { child, type Node, toJson } from "../../src/document/node.ts";
import { parse } from "../../src/document/parse.ts";

const wants = { what: "it must be a mapping", hint: "Begin it with services:." };

function read(text: string): {
  value: JsonValue | undefined;
  root: Node | undefined;
  said: readonly Diagnostic[];
} {
  const findings = new Findings();
  const root = parse(text, { file: "compose.yaml", findings, wants });
  return { value: root && toJson(root), root, said: findings.sorted() };
}

describe("a YAML value is read as Compose reads it", () => {
  test.each<[string, JsonValue]>([
    ["0440", 0o440],
    ["0o440", 0o440],
    ["-010", -8],
    ["0x1F", 31],
    ["0b101", 5],
    ["1_000", 1000],
    ["089", 89],
    ["12345678901234567890", "12345678901234567890"],
    ["1.50", 1.5],
    ["1e3", 1000],
    [".5", 0.5],
    ["22:22", "22:22"],
    ["2024-01-01", "2024-01-01"],
    ["yes", "yes"],
    ["off", "off"],
    ["True", true],
    ["FALSE", false],
    ["tRUE", "tRUE"],
    ["~", null],
    ["", null],
    ["Null", null],
    ['"0440"', "0440"],
    ["'true'", "true"],
    ["!!str 0440", "0440"],
    ["!!int '12'", 12],
    ["1.2.3", "1.2.3"],
    ["@sha", "@sha"],
  ])("%s is %j", (written, value) => {
    const { value: read_, said } = read(`key: ${written}`);
    if (written.startsWith("@")) expect(said[0]?.code).toBe("invalid-yaml");
    else expect(read_).toEqual({ key: value });
  });

  test("keys are strings, whatever they look like", () => {
    expect(read("8080: a\ntrue: b\n__proto__: c").value).toEqual(
      JSON.parse('{"8080": "a", "true": "b", "__proto__": "c"}'),
    );
  });
});

describe("anchors and merge keys", () => {
  test("a merged mapping gives what is not set, wherever << stands", () => {
    const { value } = read("a: &a {x: 1, y: 1}\nb:\n  y: 2\n  <<: *a\n");
    expect(value).toMatchObject({ b: { x: 1, y: 2 } });
  });

  test("of several merged mappings the first wins", () => {
    const { value } = read("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}\n");
    expect(value).toMatchObject({ c: { x: 1, y: 2 } });
  });

  test("a quoted << is a key like any other", () => {
    expect(read('a: {"<<": 1}').value).toEqual({ a: { "<<": 1 } });
  });

  test("what an alias stands for keeps the place where it is written", () => {
    const { root } = read("a: &a\n  x: 1\nb: *a\n");
    expect(child(child(root, "b"), "x")?.place).toMatchObject({ line: 2, column: 6 });
  });
});

describe("what is no stack file is said with its place", () => {
  test.each([
    ["invalid-yaml", "a: [1, 2\nb: 3", 2, 1],
    ["invalid-yaml", "\ta: 1", 1, 1],
    ["invalid-yaml", "a: *nowhere", 1, 4],
    ["invalid-yaml", "? [a]\n: b", 1, 3],
    ["invalid-yaml", "a: {<<: 5}", 1, 5],
    ["alias-cycle", "a: &a\n  b: *a", 2, 6],
    ["unsupported-tag", "a: !reset null", 1, 11],
    ["unsupported-tag", "a: !override {b: c}", 1, 14],
    ["unsupported-tag", "a: !other b", 1, 11],
    ["unsupported-documents", "a: 1\n---\nb: 2", 2, 1],
    ["empty-file", "", 1, 1],
    ["empty-file", "# only a comment", 1, 1],
    ["wrong-type", "- a list", 1, 1],
    ["too-large", `a: ${"[".repeat(200)}${"]".repeat(200)}`, 1, 104],
  ])("%s: %j", (code, text, line, column) => {
    const { value, said } = read(text);
    expect(value).toBeUndefined();
    expect(said).toMatchObject([{ severity: "error", code, place: { file: "compose.yaml", line, column } }]);
  });

  test("every key that is there twice is named, and the rest is read", () => {
    const { value, said } = read("a: 1\nb: {c: 1, c: 2}\na: 3");
    expect(value).toEqual({ a: 1, b: { c: 1 } });
    expect(said).toMatchObject([
      { code: "duplicate-key", severity: "error", place: { line: 2, column: 11 } },
      { code: "duplicate-key", severity: "error", place: { line: 3, column: 1 } },
    ]);
  });

  test("aliases that multiply are stopped", () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const items = Array.from({ length: 10 }, () => (level === 0 ? "x" : `*l${level - 1}`));
      return `l${level}: &l${level} [${items.join(", ")}]`;
    });
    expect(read(levels.join("\n")).said).toMatchObject([{ code: "too-large" }]);
  });

  test.each(["[", "{a: ", "- ", "? "])("a file of nothing but %j is an error, not a crash", (piece) => {
    expect(read(piece.repeat(5_000)).said.length).toBeGreaterThan(0);
  });

  test("several syntax errors are all reported, one for each line", () => {
    const { said } = read('a: "\\q"\nb: c: d\n');
    expect(said.map(({ place }) => place?.line)).toEqual([1, 2]);
  });
});
