import { describe, expect, test } from "vitest";
import { cronFault } from "../../src/stack/cron-fault.ts";

describe("a schedule whose months have no such day", () => {
  test.each<[string, string]>([
    ["never fires", "0 0 31 2 *"],
    ["nor with any day of the week as a question mark", "0 0 30,31 2 ?"],
    ["nor with seconds", "0 0 0 31 4,6 *"],
  ])("%s: %s", (_, cron) => {
    expect(cronFault(cron)).toMatchObject({ isNever: true });
  });

  test.each<[string, string]>([
    ["fires on days of the week, where some are named", "0 0 31 2 1"],
    ["also by name", "0 0 30,31 FEB MON-WED"],
    ["also with seconds", "30 0 0 31 4,6 5L"],
    ["fires where another month has the day", "0 0 31 2,3 *"],
  ])("%s: %s", (_, cron) => {
    expect(cronFault(cron)).toBeUndefined();
  });

  test.each<[string, string, string]>([
    ["a day that no month has is no day", "0 0 32 2 1", "32"],
    ["another field is told of first", "0 25 31 2 1", "25"],
  ])("%s: %s", (_, cron, field) => {
    expect(cronFault(cron)).toMatchObject({
      isNever: false,
      message: expect.stringContaining(field) as string,
    });
  });
});
