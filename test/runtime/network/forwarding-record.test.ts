import { expect, it, test } from "vitest";
import { parseForwardingRecord } from "../../../src/runtime/network/forwarding-record.ts";

const record = { links: ["eth0", "br0"], routers: ["default"], bridges: ["br0"], acceptsRedirects: true };

it("is read as it was written", () => {
  expect(parseForwardingRecord(JSON.stringify({ formatVersion: 1, ...record }))).toEqual(record);
});

test.each([
  ["is empty", ""],
  ["is cut off", '{"links":["eth0"'],
  ["says nothing", "null"],
  ["names no links", "{}"],
  ["names a link for all links", JSON.stringify({ ...record, links: "eth0" })],
  ["has a link without a name", JSON.stringify({ ...record, bridges: [7] })],
])("one that %s counts as none", (_case, text) => {
  expect(parseForwardingRecord(text)).toBeUndefined();
});
