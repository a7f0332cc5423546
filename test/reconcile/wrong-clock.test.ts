/** An update that began while the clock of the host was ahead: its deadlines end all the same. */
import { describe, expect, it } from "vitest";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "./build.ts";
import { Standing } from "./rounds.ts";

const minute = 60_000;
const year = 365 * 24 * 60 * minute;

describe("after a clock that was a year ahead is right again", () => {
  it.each([
    ["healthy_deadline", { healthyDeadlineMs: 5 * minute }, "the new shop-web-1 was not ready within 300 s"],
    [
      "progress_deadline",
      { healthyDeadlineMs: 60 * minute, progressDeadlineMs: 5 * minute },
      "shop-web came no further for 300 s",
    ],
  ] as const)("%s begins anew, and ends", (_, update, message) => {
    const right = updating({ update }, now + year).end(now);
    expect(right.end(now + 5 * minute - 1).world.rollouts).toMatchObject([{ phase: "rolling" }]);
    expect(right.end(now + 5 * minute).world.rollouts).toMatchObject([
      { phase: "rolled-back", failure: { message } },
    ]);
  });

  it("what starts only then has no more time than otherwise", () => {
    const right = updating({ update: { healthyDeadlineMs: 5 * minute } }, now + year).end(now);
    const restarted = right.change(({ health }) =>
      health === "starting" ? { startedAt: now + 2 * minute } : {},
    );
    const phases = [7 * minute - 1, 7 * minute].map((later) => restarted.end(now + later).world.rollouts);
    expect(phases).toMatchObject([[{ phase: "rolling" }], [{ phase: "rolled-back" }]]);
  });
});

/** A new replica that never becomes ready has just been started. */
function updating(words: Partial<ServiceWords>, at: number): Standing {
  return new Standing(wish(1, words), { observed: emptyWorld, inventory: [], rollouts: [] })
    .end(at - year)
    .wish(wish(2, words))
    .fated((_, image) => (image === "web:2" ? { health: "starting" } : undefined))
    .end(at);
}

function wish(version: number, words: Partial<ServiceWords>): Desired {
  return desire(aStack("shop", { web: { image: `web:${version}`, probed: true, ...words } }));
}
