import { expect, test } from "vitest";
import { isOpen } from "../../../src/runtime/network/open-connections.ts";

test.each([
  ["ESTABLISHED", true],
  ["SYN_SENT", true],
  ["SYN_RECV", true],
  ["FIN_WAIT", true],
  ["CLOSE_WAIT", true],
  ["LAST_ACK", false],
  ["TIME_WAIT", false],
  ["CLOSE", false],
])("whether a connection in state %s is open: %s", (state, open) => {
  const line = `tcp      6 86400 ${state} src=10.0.0.1 dst=10.0.0.9 sport=5 dport=80 src=10.9.0.2 dst=10.0.0.1 sport=80 dport=5 [ASSURED] mark=0 use=1`;
  expect(isOpen(line)).toBe(open);
});

test("a line that tells of none is none", () => {
  expect(isOpen("")).toBe(false);
});
