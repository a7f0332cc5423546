import fc from "fast-check";
import { expect, test } from "vitest";
import { LineAssembler } from "../../../src/runtime/log/assemble-lines.ts";

const time = "2026-01-02T03:04:05.678901234+00:00";
const entry = (stream: string, tag: string, text: string): string => `${time} ${stream} ${tag} ${text}\n`;
const all = (text: string): readonly string[] => {
  const assembler = new LineAssembler({ fromStart: true });
  return [...assembler.push(text), ...assembler.end()].map((line) => `${line.stream}:${line.text}`);
};

test("each entry is a line with its stream and time", () => {
  const [line] = new LineAssembler({ fromStart: true }).push(entry("stderr", "F", "hello  there "));
  expect(line).toEqual({
    stream: "stderr",
    time: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    text: "hello  there ",
    whole: true,
  });
});

test("pieces of a line are one line, whatever the other stream writes between them", () => {
  const text = [
    entry("stdout", "P", "one "),
    entry("stderr", "F", "between"),
    entry("stdout", "P", "long "),
    entry("stdout", "F", "line"),
  ].join("");
  expect(all(text)).toEqual(["stderr:between", "stdout:one long line"]);
});

test("a last line without its end is given at the end", () => {
  expect(all(entry("stdout", "P", "no newline"))).toEqual(["stdout:no newline"]);
});

test("what is no entry is passed over", () => {
  expect(all(`torn${entry("stdout", "F", "whole")}garbage\n${entry("stdout", "F", "next")}`)).toEqual([
    "stdout:next",
  ]);
});

test("a line whose beginning was not read is marked", () => {
  const assembler = new LineAssembler({ fromStart: false });
  const lines = assembler.push(entry("stdout", "F", "maybe half") + entry("stdout", "F", "whole"));
  expect(lines.map(({ whole }) => whole)).toEqual([false, true]);
});

test("an endless line is given in pieces", () => {
  const piece = "x".repeat(8192);
  const lines = all(entry("stdout", "P", piece).repeat(300));
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.join("").replaceAll("stdout:", "")).toHaveLength(300 * 8192);
});

test("text comes out as it went in, however it was cut into pieces and reads", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n]/g, ""))),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 40 }),
      (texts, pieceBytes, readBytes) => {
        const log = texts.map((text) => entriesOf(Buffer.from(text).toString("latin1"), pieceBytes)).join("");
        const assembler = new LineAssembler({ fromStart: true });
        const lines = cut(log, readBytes).flatMap((part) => [...assembler.push(part)]);
        expect(lines.map(({ text }) => text)).toEqual(texts);
      },
    ),
  );
});

function entriesOf(bytes: string, pieceBytes: number): string {
  const pieces = cut(bytes, pieceBytes);
  return pieces
    .map((piece, index) => entry("stdout", index === pieces.length - 1 ? "F" : "P", piece))
    .join("");
}

function cut(text: string, length: number): readonly string[] {
  const count = Math.max(1, Math.ceil(text.length / length));
  return Array.from({ length: count }, (_, index) => text.slice(index * length, (index + 1) * length));
}
