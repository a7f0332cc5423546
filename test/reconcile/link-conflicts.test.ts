/** `external_links` to containers of other stacks, which are found on networks that both are on. */
import { expect, it } from "vitest";
import type { Stack } from "../../src/model/stack.ts";
import type { ConflictInput } from "../../src/reconcile/conflicts.ts";
import { desire, emptyWorld } from "./build.ts";
import { at, member, on, own, textOf } from "./conflict-words.ts";

const edge = { key: "own", name: "edge" };

/** Its service `web` is on the network `edge`. */
function linking(...links: readonly string[]): Stack {
  const stack = on("shop", own("edge"));
  const services = stack.services.map((each) => ({
    ...each,
    source: { ...each.source, external_links: [...links] },
  }));
  return at({ ...stack, services }, { "services.web.external_links[1]": 7 });
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
    ["that nobody knows of", { desired: desire(linking("db-main-1", "db-main-2:sql")) }],
  ],
};

it("links are told of that would never be answered", async () => {
  await expect(textOf(cases)).toMatchFileSnapshot("golden/link-conflicts.txt");
});
