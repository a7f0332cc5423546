/** `external_links` to containers of other stacks, which are found on networks that both are on. */
import { expect, it } from "vitest";
import type { Stack } from "../../src/model/stack.ts";
import type { ConflictInput } from "../../src/reconcile/conflicts.ts";
import { aStack, desire, emptyWorld } from "./build.ts";
import { at, member, on, own, textOf } from "./conflict-words.ts";

const edge = { key: "own", name: "edge" };

/** Its service `web` is on the network `edge`. */
function linking(...links: readonly string[]): Stack {
  const stack = on("shop", own("edge"));
  const services = stack.services.map((each) => ({
    ...each,
    source: { ...each.source, external_links: [...links] },
  }));
  return at(
    { ...stack, services },
    {
      "services.web.external_links": 6,
      "services.web.external_links[1]": 7,
    },
  );
}

/** None of its services joins a network. */
function offline(stack: Stack): Stack {
  const { services } = aStack("shop", { web: {} });
  const [none] = services.map(({ container }) => container);
  if (none === undefined) throw new Error("there is one");
  return { ...stack, services: stack.services.map((each) => ({ ...each, container: none })) };
}

const cases: Readonly<Record<string, readonly (readonly [string, Partial<ConflictInput>])[]>> = {
  "a link to a container of another stack": [
    ["on the same network", { desired: desire(linking("db-main-1"), on("db", edge, { main: {} })) }],
    [
      "on other networks",
      {
        desired: desire(
          linking("db-main-2", "db-main-1:sql"),
          on("db", { key: "own", name: "bridge" }, { main: {} }),
        ),
      },
    ],
    [
      "that is there, on other networks",
      {
        desired: desire(linking("foreign-db-1")),
        observed: { ...emptyWorld, containers: [member("elsewhere")] },
      },
    ],
    [
      "that is there, on the same network",
      {
        desired: desire(linking("foreign-db-1")),
        observed: { ...emptyWorld, containers: [member("edge")] },
      },
    ],
    [
      "the second one of its service, on other networks",
      {
        desired: desire(
          linking("db-main-2"),
          on("db", { key: "own", name: "bridge" }, { main: { replicas: 2 } }),
        ),
      },
    ],
    [
      "on no network, and its service neither",
      { desired: desire(offline(linking("db-main-1")), aStack("db", { main: {} })) },
    ],
    [
      "that nobody knows of",
      {
        desired: desire(linking("db-main-1", "db-main-2:sql")),
        observed: { ...emptyWorld, containers: [member("elsewhere")] },
      },
    ],
  ],
};

it("links are told of that would never be answered", async () => {
  await expect(textOf(cases)).toMatchFileSnapshot("golden/link-conflicts.txt");
});
