import { describe, expect, it } from "vitest";
import { eventFilter, type EventQuery } from "../../src/agent/event-filter.ts";
import { containerId } from "../../src/model/ids.ts";
import type { RuntimeEvent } from "../../src/runtime/events/event.ts";

const labels = (stack: string, service: string): Readonly<Record<string, string>> => ({
  "tallyman.stack": stack,
  "tallyman.service": service,
  "tallyman.slot": "1",
});
const web = {
  id: containerId("aaaa00000001"),
  name: "shop-web-1",
  image: "nginx:1.27",
  labels: labels("shop", "web"),
};
const job = {
  id: containerId("bbbb00000002"),
  name: "shop-job-1",
  image: "busybox",
  labels: labels("shop", "job"),
};
const oneOff = {
  id: containerId("cccc00000003"),
  name: "shop-job-run-7",
  image: "alpine",
  labels: { "tallyman.one-off-of": "shop/job" },
};
const events: readonly RuntimeEvent[] = [
  { time: 1, kind: "start", container: web },
  { time: 2, kind: "die", container: web, exitCode: 1, oomKilled: false },
  { time: 3, kind: "die", container: job, exitCode: null, oomKilled: false },
  { time: 4, kind: "pull", image: "nginx:1.28" },
  { time: 5, kind: "pause", container: oneOff },
  { time: 6, kind: "rollout-begun", subject: "shop", revision: "0123456789ab" },
];

function kept(query: Partial<EventQuery>): readonly number[] {
  return events.filter(eventFilter({ names: [], filters: [], ...query })).map(({ time }) => time);
}

describe("events are asked for", () => {
  it.each<[string, Partial<EventQuery>, readonly number[]]>([
    ["not at all: all of them", {}, [1, 2, 3, 4, 5, 6]],
    ["by stack, with its one-off containers and its rollouts", { names: ["shop"] }, [1, 2, 3, 5, 6]],
    ["by service", { names: ["shop/web"] }, [1, 2]],
    ["by container and by the beginning of an id", { names: ["shop-job-1", "aaaa"] }, [1, 2, 3]],
    ["by service, with its one-off containers", { filters: ["service=job"] }, [3, 5]],
    ["by kind", { filters: ["event=die"] }, [2, 3]],
    ["by one of two kinds", { filters: ["event=start", "event=pull"] }, [1, 4]],
    ["by kind and service together", { filters: ["event=die", "service=web"] }, [2]],
    ["by image, those of containers too", { filters: ["image=nginx"] }, [1, 2, 4]],
    ["by stack, container and name", { names: ["shop/web"], filters: ["container=bbbb", "stack=shop"] }, []],
  ])("%s", (_what, query, times) => {
    expect(kept(query)).toEqual(times);
  });

  it("by what there is not: the error says what there is", () => {
    const known = { code: "UNKNOWN_FILTER", hint: expect.stringContaining("event, stack") as string };
    expect(() => kept({ filters: ["colour=red"] })).toThrow(expect.objectContaining(known));
    expect(() => kept({ filters: ["constructor=red"] })).toThrow(expect.objectContaining(known));
    expect(() => kept({ filters: ["event"] })).toThrow(expect.objectContaining(known));
    expect(() => kept({ filters: ["event=dies"] })).toThrow("there is no event dies");
  });
});
