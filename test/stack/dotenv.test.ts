import { describe, expect, test } from "vitest";
import { type DotenvOptions, parseDotenv } from "../../src/stack/dotenv.ts";
import { Findings } from "../../src/document/findings.ts";

const outside: Readonly<Partial<Record<string, string>>> = { OUTSIDE: "outside" };

function read(text: string, options: Partial<DotenvOptions> = {}) {
  const findings = new Findings();
  const variables = parseDotenv(text, {
    file: ".env",
    lookup: (name) => outside[name],
    findings,
    ...options,
  });
  const values = Object.fromEntries([...variables].map(([name, { value }]) => [name, value]));
  return { values, variables, said: findings.sorted() };
}

describe("a file of variables", () => {
  test.each([
    ["VAR=value", "value"],
    ["VAR = value ", "value"],
    ["export VAR=value", "value"],
    ["VAR: value", "value"],
    ["VAR=", ""],
    ["VAR=a=b", "a=b"],
    ["VAR=value # comment", "value"],
    ["VAR=val#ue", "val#ue"],
    ["VAR=# comment", ""],
    ["VAR='single $OUTSIDE # kept'", "single $OUTSIDE # kept"],
    ["VAR='it\\'s'", "it's"],
    ['VAR="double $OUTSIDE"', "double outside"],
    ['VAR="tab\\tline\\nquote\\" back\\\\slash"', 'tab\tline\nquote" back\\slash'],
    ['VAR="\\$OUTSIDE"', "$OUTSIDE"],
    ['VAR="quoted" # comment', "quoted"],
    ['VAR="two\nlines"', "two\nlines"],
    ["VAR='two\nlines'", "two\nlines"],
    ["VAR=$OUTSIDE", "outside"],
    ["VAR=${UNSET:-default}", "default"],
    ["VAR=$$5", "$5"],
    ["VAR=value\r\n", "value"],
    ["\uFEFFVAR=value", "value"],
  ])("%j gives %j", (text, value) => {
    expect(read(text)).toMatchObject({ values: { VAR: value }, said: [] });
  });

  test("comments and empty lines set nothing", () => {
    expect(read("# A=1\n\n   # B=2\n").values).toEqual({});
  });

  test("a name alone is to be taken from outside", () => {
    expect(read("VAR\nexport OTHER").values).toEqual({ VAR: undefined, OTHER: undefined });
  });

  test("a value may use a variable from above; one from outside wins", () => {
    const { values } = read("A=1\nB=${A}2\nOUTSIDE=inside\nC=$OUTSIDE");
    expect(values).toMatchObject({ B: "12", C: "outside" });
  });

  test("the line behind a value of several lines is counted rightly", () => {
    expect(read('A="1\n2\n3"\nB=4').variables.get("B")?.place).toEqual({ file: ".env", line: 4, column: 1 });
  });

  test("raw takes each value as it is", () => {
    const { values } = read("A='quoted' # $X\nB=\\n", { raw: true });
    expect(values).toEqual({ A: "'quoted' # $X", B: "\\n" });
  });

  test.each([
    ["no equals sign here", "invalid-env-file", 1],
    ["A=1\n9=2", "invalid-env-file", 2],
    ["A=1\nB='never closed\nC=3", "invalid-env-file", 2],
    ["A=${B:?needed}", "unset-variable", 1],
    ["A=${B", "invalid-interpolation", 1],
  ])("%j is an error with its line", (text, code, line) => {
    expect(read(text).said).toMatchObject([{ severity: "error", code, place: { file: ".env", line } }]);
  });
});
