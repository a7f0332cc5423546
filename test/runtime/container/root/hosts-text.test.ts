import { expect, test } from "vitest";
import { hostsText, withEntries } from "../../../../src/runtime/container/root/hosts-text.ts";

const entries = [
  { name: "db.example", address: "192.0.2.5" },
  { name: "host.docker.internal", address: "host-gateway" },
];

test("a container knows itself by its host name, by its full name first, and what is said besides", () => {
  const own = { hostname: "web", domainname: "example.org", addresses: ["10.89.0.2"] };
  const text = hostsText({ ...own, entries, gateway: "10.89.0.1" });
  expect(text.split("\n").slice(5)).toEqual([
    "10.89.0.2\tweb.example.org\tweb",
    "192.0.2.5\tdb.example",
    "10.89.0.1\thost.docker.internal",
    "",
  ]);
});

test("who has no way to the host has no name for it", () => {
  expect(hostsText({ hostname: "web", addresses: [], entries })).not.toContain("host.docker.internal");
});

test("on the host's network, they are added to the host's file", () => {
  expect(withEntries("127.0.0.1 localhost", { entries, gateway: "127.0.0.1" })).toBe(
    "127.0.0.1 localhost\n192.0.2.5\tdb.example\n127.0.0.1\thost.docker.internal\n",
  );
});
