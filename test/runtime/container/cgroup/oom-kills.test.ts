import { expect, it } from "vitest";
import { parseOomKills } from "../../../../src/runtime/container/cgroup/oom-kills.ts";

it.each([
  ["cgroup v1", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", 2],
  ["cgroup v1 before Linux 4.13, which does not count", "oom_kill_disable 0\nunder_oom 1\n", undefined],
  ["cgroup v2", "low 0\nhigh 0\nmax 17\noom 4\noom_kill 1\noom_group_kill 0\n", 1],
  ["cgroup v2 where allocations failed and nobody was killed", "max 17\noom 4\noom_kill 0\n", 0],
  ["no cgroup", "", undefined],
])("%s", (_what, text, kills) => {
  expect(parseOomKills(text)).toBe(kills);
});
