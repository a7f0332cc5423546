/** Ports on addresses that the host does not have, or not yet. */
import { expect, test } from "vitest";
import { absentAddresses } from "../../src/reconcile/absent-addresses.ts";
import type { Stack } from "../../src/model/stack.ts";
import { aStack, desire } from "./build.ts";
import { at } from "./conflict-words.ts";

function publishedOn(...addresses: readonly string[]): Stack {
  const stack = at(aStack("shop", { db: {}, web: { port: 8080 } }), { "services.web.ports": 7 });
  const services = stack.services.map((service) => ({
    ...service,
    ports: service.ports.flatMap((port) => addresses.map((hostAddress) => ({ ...port, hostAddress }))),
  }));
  return { ...stack, services };
}

const present = ["127.0.0.1", "::1", "198.51.100.1", "2001:db8::1"];

test.each(["0.0.0.0", "::", "127.0.0.1", "127.1.2.3", "::1", "198.51.100.1", "2001:db8::1"])(
  "nothing is said of a port on %s, which the host has",
  (address) => {
    expect(absentAddresses(desire(publishedOn(address)), present)).toEqual([]);
  },
);

test("each port on an address that the host does not have is a warning at its line", () => {
  const stack = publishedOn("198.51.100.7", "198.51.100.1", "2001:db8::7");
  const hint = "Nobody reaches it before a link that is up has that address; `ip address` lists both.";
  const common = { severity: "warning", code: "absent-address", hint };
  const place = { file: "compose.yaml", line: 7, column: 1 };
  expect(absentAddresses(desire(stack), present)).toEqual([
    {
      ...{ ...common, path: "services.web.ports[0]", place },
      message:
        "services.web.ports[0] is published on 198.51.100.7, which no link of this host that is up has now",
    },
    {
      ...{ ...common, path: "services.web.ports[2]", place },
      message:
        "services.web.ports[2] is published on 2001:db8::7, which no link of this host that is up has now",
    },
  ]);
  const nowhere = { ...stack, places: {} };
  expect(absentAddresses(desire(nowhere), present).map(({ place: told }) => told)).toEqual([
    undefined,
    undefined,
  ]);
});
