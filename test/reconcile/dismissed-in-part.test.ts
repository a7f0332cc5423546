/** What is new and was taken back, and what runs on it. */
import { describe, expect, it } from "vitest";
import { step } from "../../src/reconcile/step/step.ts";
import { now } from "./build.ts";
import { failing, ill, of, type Services } from "./in-part.ts";

const base = { probed: true };
const api = { probed: true, dependsOn: { base: "healthy" } } as const;
const web = { replicas: 2, probed: true, port: 80 };

describe("what is new and was taken back is not stopped under those of its revision that still need it", () => {
  it.each<[string, Services, Services]>([
    [
      "a service that they depend on, and that is well itself",
      { base, web },
      { base, api, web: { ...web, dependsOn: { api: "healthy" } } },
    ],
    [
      "a service whose network they share",
      { base, web: { probed: true } },
      { base, api, web: { probed: true, joins: "api" } },
    ],
  ])("%s", (_, first, second) => {
    const standing = failing(of(1, first), of(2, second), [])
      .end()
      .fated(ill(["base:2"]));
    const stops = [...standing.rounds()].filter((round) =>
      step(round.input(now)).operations.some(
        (each) => each.kind === "stop" && each.container.service === "api",
      ),
    );
    expect(stops.length).toBeGreaterThan(0);
    for (const { world, images } of stops) {
      const running = world.observed.containers.filter(({ state }) => state === "running");
      expect(running.map(({ id }) => images.get(id))).not.toContain("web:2");
    }
  });
});
