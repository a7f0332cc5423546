import { describe, expect, it } from "vitest";
import { slotOfRun, timeOfRun } from "../../src/model/run-slot.ts";
import { latestTime, nextTime } from "../../src/model/scheduled-times.ts";

const berlin = "Europe/Berlin";

/** Clocks of Berlin go from 2:00 to 3:00 on March 29, and from 3:00 to 2:00 on October 25. */
const rows: readonly (readonly [what: string, cron: string, zone: string, after: string, times: string])[] = [
  ["the same time each day", "30 3 * * *", "UTC", "2026-01-31T00:00Z", "01-31T03:30 02-01T03:30 02-02T03:30"],
  ["a time itself is not after it", "30 3 * * *", "UTC", "2026-01-31T03:30Z", "02-01T03:30"],
  [
    "seconds first",
    "*/20 * * * * *",
    "UTC",
    "2026-01-31T00:00:30Z",
    "01-31T00:00:40 01-31T00:01 01-31T00:01:20",
  ],
  ["a name", "@monthly", "UTC", "2026-01-31T00:00Z", "02-01T00:00 03-01T00:00"],
  ["the last day of a month", "0 0 L * *", "UTC", "2026-01-31T12:00Z", "02-28T00:00 03-31T00:00"],
  ["a day of a month or of a week", "0 0 13 * FRI", "UTC", "2026-02-07T00:00Z", "02-13T00:00 02-20T00:00"],
  [
    "a day of a week where the month lacks the other",
    "0 0 31 2 1",
    "UTC",
    "2026-02-07T00:00Z",
    "02-09T00:00 02-16T00:00",
  ],
  ["a zone in winter", "0 12 * * *", berlin, "2026-01-31T00:00Z", "01-31T11:00"],
  ["a zone in summer", "0 12 * * *", berlin, "2026-07-31T00:00Z", "07-31T10:00"],
  [
    "what is skipped comes as much later",
    "30 2 * * *",
    berlin,
    "2026-03-28T12:00Z",
    "03-29T01:30 03-30T00:30",
  ],
  ["also when asked within the hour", "30 2 * * *", berlin, "2026-03-29T01:10Z", "03-29T01:30 03-30T00:30"],
  ["and once where both are named", "30 2,3 * * *", berlin, "2026-03-28T12:00Z", "03-29T01:30 03-30T00:30"],
  [
    "each hour is not doubled by that",
    "*/30 * * * *",
    berlin,
    "2026-03-29T00:20Z",
    "03-29T00:30 03-29T01:00 03-29T01:30 03-29T02:00",
  ],
  ["what comes twice is at its first", "30 2 * * *", berlin, "2026-10-24T12:00Z", "10-25T00:30 10-26T01:30"],
  ["also when asked between both", "30 2 * * *", berlin, "2026-10-25T01:00Z", "10-26T01:30"],
  [
    "each hour misses none",
    "*/30 * * * *",
    berlin,
    "2026-10-25T00:20Z",
    "10-25T00:30 10-25T01:00 10-25T01:30 10-25T02:00",
  ],
  [
    "midnight that is skipped",
    "0 0 * * *",
    "America/Santiago",
    "2026-09-05T12:00Z",
    "09-06T04:00 09-07T03:00",
  ],
  [
    "clocks that change by half an hour",
    "30 2 * * *",
    "Australia/Lord_Howe",
    "2026-10-02T20:00Z",
    "10-03T15:30 10-04T15:30",
  ],
  ["a day that few years have", "0 0 29 2 *", "UTC", "2026-01-01T00:00Z", "2028-02-29T00:00"],
];

describe("the next times", () => {
  it.each(rows)("%s: %s in %s", (_what, cron, timeZone, after, times) => {
    const wanted = times
      .split(" ")
      .map((text) => Date.parse(`${/^\d{4}/.test(text) ? "" : "2026-"}${text}Z`));
    let time = Date.parse(after);
    const found = wanted.map(() => (time = nextTime({ cron, timeZone }, time)));
    expect(found.map((each) => new Date(each).toISOString())).toEqual(
      wanted.map((each) => new Date(each).toISOString()),
    );
  });
});

describe("the latest time", () => {
  const latest = (cron: string, after: string, until: string): string | undefined => {
    const range = { after: Date.parse(after), until: Date.parse(until) };
    const time = latestTime({ cron, timeZone: berlin }, range);
    return time === undefined ? undefined : new Date(time).toISOString().slice(0, 19);
  };

  it.each([
    ["none", "0 3 * * *", "2026-01-31T02:00Z", "2026-02-01T01:59Z", undefined],
    [
      "the only one, at its moment",
      "0 3 * * *",
      "2026-01-31T02:00Z",
      "2026-02-01T02:00Z",
      "2026-02-01T02:00:00",
    ],
    ["of many days", "0 3 * * *", "2026-01-01T00:00Z", "2026-02-01T12:00Z", "2026-02-01T02:00:00"],
    [
      "of millions of seconds",
      "* * * * * *",
      "2026-01-01T00:00Z",
      "2026-03-01T00:00Z",
      "2026-03-01T00:00:00",
    ],
    [
      "of some seconds of a day",
      "* 0 5 * * *",
      "2026-01-01T00:00Z",
      "2026-03-01T00:00Z",
      "2026-02-28T04:00:59",
    ],
    [
      "the first of two that look alike",
      "30 2 * * *",
      "2026-10-24T12:00Z",
      "2026-10-25T12:00Z",
      "2026-10-25T00:30:00",
    ],
  ])("%s", (_what, cron, after, until, wanted) => {
    expect(latest(cron, after, until)).toBe(wanted);
  });
});

describe("the slot of a run", () => {
  it("is its time, and no slot of a replica is one", () => {
    const time = Date.parse("2026-01-31T03:00:05Z");
    expect(slotOfRun(time)).toBe(20260131030005);
    expect(timeOfRun(20260131030005)).toBe(time);
    expect([1, 10_000].map(timeOfRun)).toEqual([undefined, undefined]);
  });
});

describe("what was found", () => {
  it("holds for the times before it alone, whatever was asked for in between", () => {
    const next = (after: string): string => {
      const time = nextTime({ cron: "30 3 * * *", timeZone: berlin }, Date.parse(`2026-05-${after}Z`));
      return new Date(time).toISOString().slice(8, 16);
    };
    const asked = ["03T12:00", "04T01:29", "04T01:30", "02T00:00", "02T01:29:59.999", "04T01:00", "03T01:29"];
    expect(asked.map(next)).toEqual([
      "04T01:30",
      "04T01:30",
      "05T01:30",
      "02T01:30",
      "02T01:30",
      "04T01:30",
      "03T01:30",
    ]);
  });

  it("is not looked for again: a day that comes once in 28 years takes a while to find", () => {
    const fifthMonday = { cron: "0 0 * 2 1#5", timeZone: berlin };
    const asked = Date.parse("2026-01-01T00:00Z");
    const found = Array.from({ length: 1000 }, (_, second) => nextTime(fifthMonday, asked + second * 1000));
    expect(new Set(found)).toEqual(new Set([Date.parse("2044-02-28T23:00Z")]));
  }, 60_000);
});
