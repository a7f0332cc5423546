import { describe, expect, it } from "vitest";
import { renderJson } from "../../src/reconcile/plan/render-json.ts";
import { renderMarkdown } from "../../src/reconcile/plan/render-markdown.ts";
import { renderText } from "../../src/reconcile/plan/render-text.ts";
import { simulate } from "../../src/reconcile/plan/simulate.ts";
import { aStack, desire, digestOf, emptyWorld, now } from "./build.ts";
import { Standing } from "./rounds.ts";

const stack = aStack("shop", {
  backup: { schedule: { cron: "30 3 * * *", timeZone: "Europe/Berlin" }, dependsOn: { db: "started" } },
  db: { image: "postgres:17" },
});

function begin(): Standing {
  return new Standing(desire(stack), { observed: emptyWorld, inventory: [], rollouts: [] });
}

function planText(from: Standing, at: number): string {
  return renderText(simulate(from.input(at), digestOf), { specs: {} });
}

describe("the plan of a scheduled service", () => {
  it("says when it runs, and nothing of its runs", async () => {
    await expect(planText(begin(), now)).toMatchFileSnapshot("golden/scheduled.txt");
    const { schedules } = JSON.parse(renderJson(simulate(begin().input(now), digestOf), { specs: {} })) as {
      readonly schedules: unknown;
    };
    expect(schedules).toEqual([
      {
        stack: "shop",
        service: "backup",
        cron: "30 3 * * *",
        timeZone: "Europe/Berlin",
        nextRun: "2026-01-01T02:30:00Z",
      },
    ]);
  });

  it("has the run that is due at once, where nobody has started it", async () => {
    const text = planText(begin().end(), Date.parse("2026-01-01T09:00:00Z"));
    await expect(text).toMatchFileSnapshot("golden/scheduled-run-due.txt");
  });

  it("is the same plan whatever has become of the runs before", () => {
    const due = Date.parse("2026-01-01T09:00:00Z");
    const ids = [begin().end(), begin().end().end(due)].map((each) => simulate(each.input(due), digestOf).id);
    expect(new Set(ids).size).toBe(1);
  });

  it("forecasts no downtime of a service that is one from now on", () => {
    const before = desire(aStack("shop", { backup: {} }));
    const stands = new Standing(before, { observed: emptyWorld, inventory: [], rollouts: [] }).end();
    const plan = simulate(
      stands.wish(desire(aStack("shop", { backup: { schedule: {} } }))).input(now),
      digestOf,
    );
    expect(plan.operations.map(({ operation }) => operation.kind)).toEqual(["stop", "remove"]);
    expect(plan.downtime).toEqual([]);
  });

  it("is told to those who read it as Markdown, whether there is something to do or not", async () => {
    const texts = [begin(), begin().end()].map((from) =>
      renderMarkdown(simulate(from.input(now), digestOf), { specs: {} }),
    );
    await expect(texts.join("---\n\n")).toMatchFileSnapshot("golden/scheduled.md");
  });

  it("is told of its own stack, beside another one that has some", () => {
    const both = desire(aStack("blog", { feed: { schedule: {} } }), stack);
    const plan = simulate(begin().wish(both).input(now), digestOf);
    const runs = (text: string): readonly string[] =>
      text.split("\n").filter((line) => /^Stack|runs by itself/.test(line));
    expect(runs(renderText(plan, { specs: {} }))).toEqual([
      "Stack blog",
      "    feed runs by itself: 0 * * * * (UTC), next at 2026-01-01T01:00:00Z",
      "Stack shop",
      "    backup runs by itself: 30 3 * * * (Europe/Berlin), next at 2026-01-01T02:30:00Z",
    ]);
    expect(renderMarkdown(plan, { specs: {} })).toMatch(/`blog\/feed` runs by .*\n- `shop\/backup` runs by/);
  });

  it("is no routine where it has more than the run that is due", () => {
    const due = Date.parse("2026-01-01T09:00:00Z");
    const more = desire(aStack("blog", { web: {} }), stack);
    const text = (from: Standing): string => renderText(simulate(from.input(due), digestOf), { specs: {} });
    expect(text(begin().end())).toContain("all of it by schedule");
    expect(text(begin().end().wish(more))).not.toContain("all of it by schedule");
  });

  it("says nothing of what is well otherwise", () => {
    expect(simulate(begin().end().input(now), digestOf).operations).toEqual([]);
  });
});
