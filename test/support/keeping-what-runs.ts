/** The program run on bad input: whatever it says, the containers and all that is theirs stay as they are. */
import { expect } from "vitest";
import type { RunOptions, TestInstance } from "./instance.ts";
import type { Ended } from "./program.ts";
import { traces } from "./traces.ts";

/** Runs it, and fails where it started, stopped or lost something. */
export async function keepingWhatRuns(
  instance: TestInstance,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const look = async (): Promise<readonly unknown[]> => [
    ...(await instance.ps()).map(({ name, pid, state }) => ({ name, pid, state })),
    ...(await traces(instance)),
  ];
  const before = await look();
  const ended = await instance.run(args, options);
  expect(await look(), ended.stderr).toEqual(before);
  return ended;
}
