import { expect, test } from "vitest";
import { containerId, type ContainerId } from "../../../src/model/ids.ts";
import {
  nothingPublished,
  withOnly,
  withRoutes,
  type Published,
} from "../../../src/runtime/network/published.ts";

const one = containerId("aaaaaaaaaaaa");
const two = containerId("bbbbbbbbbbbb");
const both = published({ 80: [one, two], 81: [two] }, { [one]: "10.0.0.1", [two]: "10.0.0.2" });

test("a route replaces the one of its host port, and the others stay", () => {
  const next = withRoutes(both, published({ 80: [one] }, { [one]: "10.0.0.1" }));
  expect(next).toEqual(published({ 80: [one], 81: [two] }, { [one]: "10.0.0.1", [two]: "10.0.0.2" }));
});

test("a route without backends goes, and with it the addresses that no route needs", () => {
  expect(withRoutes(both, published({ 81: [], 80: [one] }, { [one]: "10.0.0.1" }))).toEqual(
    published({ 80: [one] }, { [one]: "10.0.0.1" }),
  );
});

test("an address with a new owner is no longer a way to the old one", () => {
  expect(withRoutes(both, published({ 82: [one] }, { [one]: "10.0.0.2" }))).toEqual(
    published({ 80: [one], 82: [one] }, { [one]: "10.0.0.2" }),
  );
});

test("only the containers that are kept stay behind ports", () => {
  expect(withOnly(both, new Set([one]))).toEqual(published({ 80: [one] }, { [one]: "10.0.0.1" }));
  expect(withOnly(both, new Set())).toEqual(nothingPublished);
});

function published(
  routes: Readonly<Record<number, readonly ContainerId[]>>,
  addresses: Readonly<Record<ContainerId, string>>,
): Published {
  return {
    ...nothingPublished,
    routes: Object.entries(routes).map(([port, ids]) => ({
      hostAddress: "0.0.0.0",
      hostPort: Number(port),
      protocol: "tcp",
      backends: ids.map((id) => ({ containerId: id, port: 8080 })),
    })),
    addresses: new Map(Object.entries(addresses).map(([id, address]) => [containerId(id), address])),
  };
}
