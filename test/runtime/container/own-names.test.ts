import { expect, test } from "vitest";
import { containerId } from "../../../src/model/ids.ts";
import type { Naming } from "../../../src/model/naming.ts";
import { ownNames } from "../../../src/runtime/container/own-names.ts";

const id = containerId("0123456789abcdef0123456789abcdef");
const naming: Naming = {
  names: ["shop-queue-1"],
  service: { id: "shop/queue", names: ["queue", "queue.shop"], memberNames: ["tasks.queue"], mode: "vip" },
};

test.each([
  ["its name and its short id", {}, ["shop-queue-1", "0123456789ab"]],
  ["its host name", { hostname: "boss" }, ["shop-queue-1", "0123456789ab", "boss"]],
  ["no host name that is its service's", { hostname: "queue" }, ["shop-queue-1", "0123456789ab"]],
  [
    "no host name that is an alias of its service",
    { hostname: "mq", networks: [{ network: "shop_default", aliases: ["mq"] }] },
    ["shop-queue-1", "0123456789ab"],
  ],
])("a container of a service has %s", (_, spec, names) => {
  expect(ownNames({ id, spec, naming })).toEqual(names);
});

test("a container of no service has its short id and its host name", () => {
  expect(ownNames({ id, spec: { hostname: "boss" } })).toEqual(["0123456789ab", "boss"]);
});

test("a one-off container does not answer to the host name of the service that it is of", () => {
  expect(ownNames({ id, spec: { hostname: "queue" }, oneOff: true })).toEqual(["0123456789ab"]);
});
