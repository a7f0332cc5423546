import { expect, test } from "vitest";
import { countOpen } from "../../../src/runtime/network/open-connections.ts";

test.each([
  ["ESTABLISHED", 1],
  ["SYN_SENT", 1],
  ["SYN_RECV", 1],
  ["FIN_WAIT", 1],
  ["CLOSE_WAIT", 1],
  ["LAST_ACK", 0],
  ["TIME_WAIT", 0],
  ["CLOSE", 0],
])("a connection in state %s counts as %i", (state, count) => {
  const line = `tcp      6 86400 ${state} src=10.0.0.1 dst=10.0.0.9 sport=5 dport=80 src=10.9.0.2 dst=10.0.0.1 sport=80 dport=5 [ASSURED] mark=0 use=1\n`;
  expect(countOpen(line)).toBe(count);
});

test("there may be none", () => {
  expect(countOpen("")).toBe(0);
});
