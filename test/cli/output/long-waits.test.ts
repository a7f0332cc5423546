import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { tellLongWaits } from "../../../src/cli/output/long-waits.ts";

describe("what is waited for", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is said once, and only where it takes a while", () => {
    const said: string[] = [];
    using waits = tellLongWaits((words) => said.push(words), 2_000);
    waits.begin("a", "a drains");
    waits.keep(
      new Map([
        ["b", "b starts"],
        ["c", "c starts"],
      ]),
    );
    vi.advanceTimersByTime(1_999);
    waits.keep(new Map([["b", "b starts"]]));
    vi.advanceTimersByTime(1);
    expect(said).toEqual(["a drains", "b starts"]);
    waits.end("a");
    waits.keep(new Map([["b", "b starts"]]));
    vi.advanceTimersByTime(60_000);
    expect(said).toEqual(["a drains", "b starts"]);
  });

  it("is said again where it begins again", () => {
    const said: string[] = [];
    using waits = tellLongWaits((words) => said.push(words), 2_000);
    for (const words of ["first", "second"]) {
      waits.begin("a", words);
      vi.advanceTimersByTime(2_000);
      waits.end("a");
    }
    expect(said).toEqual(["first", "second"]);
  });
});
