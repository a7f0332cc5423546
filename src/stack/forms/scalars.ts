/** Forms of single values: durations and sizes in the one way to write them, command lines as words. */
import { formatDuration, parseDuration } from "../../document/duration.ts";
import { list, scalar } from "../../document/node.ts";
import { formatSize, parseSize } from "../../document/size.ts";
import { splitWords } from "../split-words.ts";
import { type Form, reject } from "./form.ts";

export const duration: Form = (node, at) => {
  if (node.kind !== "scalar") return node;
  const durationMs = parseDuration(String(node.value));
  if (durationMs !== undefined) return scalar(formatDuration(durationMs), node.place);
  return reject(at, node.place, {
    code: "invalid-duration",
    message: `${at.path} is ${JSON.stringify(node.value)}, which is no duration`,
    hint: "Write it with a unit, such as 500ms, 10s or 1m30s.",
  });
};

export const size: Form = (node, at) => {
  if (node.kind !== "scalar") return node;
  const bytes = parseSize(String(node.value));
  if (bytes !== undefined) return scalar(formatSize(bytes), node.place);
  return reject(at, node.place, {
    code: "invalid-size",
    message: `${at.path} is ${JSON.stringify(node.value)}, which is no size`,
    hint: "Write it in bytes or with a unit, such as 64k, 256m or 1.5g.",
  });
};

/** A size, or -1 for none that binds. */
export const sizeOrUnlimited: Form = (node, at) =>
  node.kind === "scalar" && String(node.value) === "-1" ? scalar("-1", node.place) : size(node, at);

/** A duration, or a bare number of microseconds, as microseconds. */
export const microseconds: Form = (node, at) => {
  if (node.kind !== "scalar" || /^-?\d+$/.test(String(node.value))) {
    return node.kind === "scalar" ? scalar(Number(node.value), node.place) : node;
  }
  const durationMs = parseDuration(String(node.value));
  if (durationMs !== undefined) return scalar(durationMs * 1000, node.place);
  return duration(node, at);
};

/** A name or number is a string. */
export const word: Form = (node) =>
  node.kind === "scalar" && node.value !== null ? scalar(String(node.value), node.place) : node;

/** One line is split into words without a shell; a list is taken as it is. */
export const words: Form = (node, at) => {
  if (node.kind !== "scalar" || typeof node.value !== "string") return node;
  const { place } = node;
  const split = splitWords(node.value);
  switch (split.kind) {
    case "words":
      return list(
        split.words.map((word) => scalar(word, place)),
        place,
      );
    case "unclosed":
      return reject(at, place, {
        code: "invalid-command",
        message: `${at.path} has a ${split.quote} that is never closed`,
        hint: "Close the quote, or write the command as a list of words.",
      });
    case "operator":
      return reject(at, place, {
        code: "invalid-command",
        message: `${at.path} has ${split.operator} in it, but no shell runs the command`,
        hint: `Quote it, or write ["sh", "-c", "..."].`,
      });
  }
};
