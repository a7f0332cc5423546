/** Which commit a container is said to be of, where its stack is on its way from one to another. */
import { expect, it } from "vitest";
import { originOf, type Origin } from "../../src/agent/origin.ts";
import type { CreateOperation } from "../../src/reconcile/operation.ts";
import { step } from "../../src/reconcile/step/step.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { aStack, desire, emptyWorld, now, type ServiceWords } from "../reconcile/build.ts";
import { Standing } from "../reconcile/rounds.ts";

const hour = 3_600_000;
const nothing = { observed: emptyWorld, inventory: [], rollouts: [] };

it("a run of the good revision is of its commit, while the next one waits for its image", () => {
  const backup = { schedule: {}, restart: { condition: "none" } } as const;
  const good = new Standing(wish("busybox:1", "aaaa", backup), nothing).end();
  const next = good.wish(wish("busybox:2", "bbbb", backup));
  expect(madeIn(next, now + hour)).toMatchObject([{ revision: revisionOf(good), commit: "aaaa" }]);
  expect(madeIn(next.end(), now + hour)).toMatchObject([{ revision: revisionOf(next), commit: "bbbb" }]);
});

it("a replica that is made on the way back is of the commit that it goes back to", () => {
  const web = { replicas: 2, probed: true } as const;
  const good = new Standing(wish("busybox:1", "aaaa", web), nothing).end(now - hour).end();
  const back = good
    .wish(wish("busybox:2", "bbbb", web))
    .fated((_, image) => (image === "busybox:2" ? { health: "unhealthy" } : undefined))
    .end()
    .without(({ slot }) => slot === 2);
  const [origin] = madeIn(back, now);
  const place = { file: "compose.yaml", line: 3, column: 5 };
  expect(origin).toMatchObject({ revision: revisionOf(good), commit: "aaaa", place });
  expect(origin?.event).toBe(
    `revision ${revisionOf(back)} was rolled back to aaaa: the new shop-web-1 is unhealthy`,
  );
});

it("a replica that is made on the way back to a revision of which no place was kept is of none", () => {
  const web = { replicas: 2, probed: true } as const;
  const good = new Standing(wish("busybox:1", "aaaa", web), nothing).end(now - hour).end();
  const [rollout] = good.world.rollouts;
  if (rollout?.good === undefined) throw new Error("it never stood");
  const stack = { ...rollout.good.stack, places: {} };
  const back = good
    .remember([{ ...rollout, good: { ...rollout.good, stack } }])
    .wish(wish("busybox:2", "bbbb", web))
    .fated((_, image) => (image === "busybox:2" ? { health: "unhealthy" } : undefined))
    .end()
    .without(({ slot }) => slot === 2);
  const [origin] = madeIn(back, now);
  expect(origin).toMatchObject({ commit: "aaaa" });
  expect(origin).not.toHaveProperty("place");
});

it("a replica of a service that was taken back is of the commit that it is back in, also when the rest is there", () => {
  const alone = { probed: true, update: { scope: "service" } } as const;
  const of = (tag: number, commit: string): Desired => {
    const services = { api: { ...alone, image: `api:${tag}` }, web: { ...alone, image: `web:${tag}` } };
    return committed(commit, tag === 1 ? services : { about: {}, ...services });
  };
  const good = new Standing(of(1, "aaaa"), nothing)
    .fated((_, image) => ({ health: image === "api:2" || image === "api:3" ? "unhealthy" : "healthy" }))
    .end(now - hour)
    .end();
  const revision = revisionOf(good);
  const event = "the new shop-api-1 is unhealthy";
  const back = good.wish(of(2, "bbbb")).end();
  const there = back.end(now + hour);
  const again = there.wish(of(3, "cccc")).end(now + hour);

  const web = { commit: "bbbb", event: undefined, line: 23 };
  expect(remade(back)).toEqual([
    { revision, commit: "aaaa", event: `api goes back: ${event}`, line: 3 },
    { ...web, revision: revisionOf(back) },
  ]);
  expect(remade(there)).toEqual([
    { revision, commit: "aaaa", event: `api went back: ${event}`, line: 3 },
    { ...web, revision: there.world.rollouts[0]?.good?.revision },
  ]);
  expect(remade(again)).toMatchObject([
    { revision, commit: "aaaa", line: 3 },
    { commit: "cccc", line: 23 },
  ]);
});

/** Of `api` and `web`, when all of it is lost. */
function remade(round: Standing): readonly object[] {
  return madeIn(
    round.without(() => true),
    now + hour,
  )
    .slice(-2)
    .map(({ revision, commit, event, place }) => ({ revision, commit, event, line: place?.line }));
}

function wish(image: string, commit: string, words: ServiceWords): Desired {
  return committed(commit, { web: { ...words, image } });
}

function committed(commit: string, services: Readonly<Record<string, ServiceWords>>): Desired {
  const { stacks, ...rest } = desire(aStack("shop", services));
  return { ...rest, stacks: stacks.map((each) => ({ ...each, commit })) };
}

function revisionOf({ desired }: Standing): string | undefined {
  return desired.stacks[0]?.revision;
}

/** Of what is made next. */
function madeIn(round: Standing, at: number): readonly Origin[] {
  const { operations, rollouts } = step(round.input(at));
  return operations
    .filter((operation): operation is CreateOperation => operation.kind === "create")
    .map((operation) => originOf(operation, { desired: round.desired, rollouts, specs: {} }));
}
