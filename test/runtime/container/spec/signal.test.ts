import { expect, test } from "vitest";
import { signalNumber } from "../../../../src/runtime/container/spec/signal.ts";

test.each([
  ["SIGTERM", 15],
  ["term", 15],
  ["9", 9],
  ["SIGRTMIN+3", 37],
  ["RTMIN", 34],
  ["rtmax-1", 63],
  ["64", 64],
])("%s is %d", (text, number) => {
  expect(signalNumber(text)).toBe(number);
});

test.each(["", "0", "65", "SIGNOPE", "RTMIN-1", "RTMAX+1", "TERM+1", "1.5", "constructor"])(
  "%j is refused",
  (text) => {
    expect(() => signalNumber(text)).toThrow(expect.objectContaining({ code: "UNKNOWN_SIGNAL" }) as Error);
  },
);
