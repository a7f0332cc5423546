import { expect, it } from "vitest";
import { usageErrorText } from "../../../src/cli/output/usage-error.ts";

it("a mistake in the command line is an error with a hint", () => {
  const suggested = "error: unknown option '--fromat'\n(Did you mean --format?)\n";
  expect(usageErrorText(suggested, "tallyman ps")).toBe(
    "error: unknown option '--fromat'\n    Did you mean --format?\n",
  );
  expect(usageErrorText("error: unknown option '-x'\n", "tallyman ps")).toBe(
    "error: unknown option '-x'\n    `tallyman ps --help` says what there is.\n",
  );
});

it("for a command of Docker's that is none here, what does the same is named, not what is spelled alike", () => {
  expect(usageErrorText("error: unknown command 'rm'\n(Did you mean rmi?)\n", "tallyman")).toBe(
    "error: unknown command 'rm'\n    `tallyman down STACK` removes a stack; a service goes when it leaves the stack file.\n",
  );
  expect(usageErrorText("error: unknown command 'constructor'\n", "tallyman")).toContain("--help");
});
