import { expect, test } from "vitest";
import { findProgram } from "../../src/sys/find-program.ts";

test("a host program is found, also in an administrator's folders", () => {
  expect(findProgram("runc", "runc")).toMatch(/^\/.*\/runc$/);
});

test("a missing one is named, with the package that has it", () => {
  expect(() => findProgram("no-such-program", "some-package")).toThrow(
    expect.objectContaining({
      code: "PROGRAM_MISSING",
      hint: expect.stringContaining("some-package") as string,
    }) as Error,
  );
});
