import { expect, it } from "vitest";
import { OomKills, parseOomKill } from "../../../../src/runtime/container/cgroup/kernel-log.ts";

const scope = "/tallyman.slice/tallyman-0123456789ab.scope";
const kill =
  "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0," +
  `oom_memcg=${scope},task_memcg=${scope},task=tail,pid=21687,uid=0`;

it.each([
  ["a kill", `6,1339,3312372752,-;${kill}\n`, { cgroup: scope, atMs: 3_312_372.752 }],
  ["with flags that a later kernel adds", `6,1339,500,-,caller=T12;${kill}\n`, { cgroup: scope, atMs: 0.5 }],
  [
    "the line that follows it",
    "3,1340,3312372800,-;Memory cgroup out of memory: Killed process 21687 (tail)",
    undefined,
  ],
  ["what a program wrote there about one", `12,1341,500,-;${kill}`, undefined],
  ["nothing", "", undefined],
])("%s", (_what, record, found) => {
  expect(parseOomKill(record)).toEqual(found);
});

it("what came since the log was read is read on from there, and the latest thousand are kept", () => {
  const log = [`6,1,1000,-;${kill}`, "6,2,2000,-;usb 1-1: new device", `6,3,3000,-;${kill}`];
  const kills = new OomKills(() => log.shift());
  const times = (): readonly number[] => kills.all().map(({ atMs }) => atMs);
  expect(times()).toEqual([1, 3]);
  log.push("", `6,9,9000,-;${kill}`);
  expect(times()).toEqual([1, 3, 9]);
  expect(times()).toEqual([1, 3, 9]);
  log.push(...Array.from({ length: 998 }, (_, nth) => `6,${nth},${nth}000,-;${kill}`));
  expect(times().slice(0, 3)).toEqual([3, 9, 0]);
});
