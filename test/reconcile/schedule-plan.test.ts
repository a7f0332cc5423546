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

  it("says nothing of what is well otherwise", () => {
    expect(simulate(begin().end().input(now), digestOf).operations).toEqual([]);
  });
});
