import { describe, expect, it } from "vitest";
import { chooseRevision } from "../../src/agent/choose-revision.ts";
import { nextHistory } from "../../src/agent/history.ts";
import { leasesOf } from "../../src/agent/keep-images.ts";
import { revisionId, serviceName, stackName } from "../../src/model/ids.ts";
import type { RevisionEntry, Rollout } from "../../src/model/rollout.ts";
import { aStack, digestOf, source } from "../reconcile/build.ts";

const letters = "abcdef0123456789";

describe("the history of a stack", () => {
  it("says what became of each revision", () => {
    const history = lived(
      rollout("a", "preparing"),
      rollout("a", "done"),
      rollout("b", "rolling", "a"),
      rollout("c", "watching", "a"),
      rollout("c", "done", "c"),
      rollout("d", "rolled-back", "c"),
      rollout("e", "failed", "c"),
      rollout("f", "rolling", "c"),
    );
    expect(history.map(({ revision, result }) => `${revision[0]} ${result}`)).toEqual([
      "a good",
      "b superseded",
      "c good",
      "d rolled back",
      "e failed",
      "f under way",
    ]);
    expect(history.flatMap(({ revision, message }) => (message === undefined ? [] : [revision[0]]))).toEqual([
      "d",
      "e",
    ]);
  });

  it("keeps what stood, and its images, and nothing of what did not", () => {
    const history = lived(rollout("a", "done"), rollout("b", "rolled-back", "a"), rollout("c", "done"));
    expect(history.map(({ images }) => images)).toEqual([[digestOf("a")], undefined, [digestOf("c")]]);
    const [lease] = leasesOf([rollout("d", "rolling", "c")], history);
    expect(lease?.images).toEqual([digestOf("a"), digestOf("c"), digestOf("d")].sort());
  });

  it("says why a revision is held, also where services of it were taken back before", () => {
    const held = rollout("b", "failed", "a");
    const entry = lived({ ...held, takenBack: [serviceName("api")] }).at(-1);
    expect(entry).toMatchObject({ result: "failed", message: held.failure?.message });
  });

  it("calls good what was found so when a newer one came", () => {
    const history = lived(rollout("a", "done"), rollout("b", "watching", "a"), rollout("c", "rolling", "b"));
    expect(history.map(({ result, images }) => [result, images !== undefined])).toEqual([
      ["good", true],
      ["good", true],
      ["under way", false],
    ]);
  });

  it("calls a revision failed that is done, and not kept to go back to", () => {
    const useless = { ...kept("b", undefined), instead: kept("a", undefined) };
    const through = { ...rollout("b", "done"), good: useless };
    const [first, entry] = lived(rollout("a", "done"), through, { ...through, phase: "rolling" });
    expect(first).toMatchObject({ result: "good", images: [digestOf("a")] });
    expect(entry).toMatchObject({ result: "failed", message: "no replica of one of its services works" });
  });

  it("still calls a revision good that something of is mended", () => {
    const history = lived(rollout("a", "done"), rollout("a", "rolling", "a"));
    expect(history).toMatchObject([{ result: "good" }]);
  });

  it("has a revision that went back once, also when what is in force instead is restarted", () => {
    const back = { ...rollout("b", "rolled-back", "a"), written: revisionId("bbbbbbbbbbbb") };
    const restarted = { ...back, revision: revisionId("cccccccccccc") };
    expect(lived(rollout("a", "done"), back, restarted).map(({ result }) => result)).toEqual([
      "good",
      "rolled back",
    ]);
  });

  it("has a revision that comes again once, as the newest", () => {
    const history = lived(rollout("a", "done"), rollout("b", "done"), {
      ...rollout("a", "done"),
      startedAt: 2,
    });
    expect(history.map(({ revision }) => revision[0])).toEqual(["b", "a"]);
  });

  it("is as long as x-rollout.history says, ten where it says nothing, and never without what runs", () => {
    const all = letters.split("").map((letter) => rollout(letter, "done"));
    expect(lived(...all)).toHaveLength(10);
    expect(lived(...letters.split("").map((letter) => rollout(letter, "done", letter, 2)))).toHaveLength(2);
    const failing = letters
      .slice(1)
      .split("")
      .map((letter) => rollout(letter, "rolled-back", "a", 2));
    expect(lived(rollout("a", "done", "a", 2), ...failing).map(({ revision }) => revision[0])).toEqual([
      "a",
      "8",
      "9",
    ]);
  });

  it("goes with its stack", () => {
    const known = lived(rollout("a", "done"));
    const { entries, forgotten } = nextHistory({ before: [rollout("a", "done")], after: [], known, now: 9 });
    expect([entries, forgotten]).toEqual([[], known]);
  });

  it("is written only where it has changed", () => {
    const known = lived(rollout("a", "done"));
    const same = [rollout("a", "done")];
    expect(nextHistory({ before: same, after: same, known, now: 9 })).toMatchObject({
      changed: [],
      kept: [],
      forgotten: [],
    });
  });
});

describe("the revision to go back to", () => {
  const history = lived(rollout("a", "done"), rollout("b", "done"), rollout("c", "rolled-back", "b"));
  const choose = (now: Rollout, to?: string): string =>
    chooseRevision({ rollout: now, history, to, isSentBack: true }).revision;

  it.each<[string, Rollout, string]>([
    ["the one before, where the newest stands", rollout("c", "done"), "b"],
    ["the last good one, while the newest is rolling", rollout("c", "rolling", "b"), "b"],
    ["one further, where it has gone back already", rollout("c", "rolled-back", "b"), "a"],
  ])("is %s", (_, now, wanted) => {
    expect(choose(now)[0]).toBe(wanted);
  });

  it.each<[string, Rollout]>([
    ["has been restarted", restarted(rollout("d", "done"), "b")],
    [
      "has been restarted, and has gone back to what ran before",
      restarted(rollout("d", "rolled-back", "b"), "b"),
    ],
  ])("is one of other files, where the newest %s", (_, now) => {
    const history = lived(rollout("a", "done"), rollout("b", "done"), now);
    expect(chooseRevision({ rollout: now, history, isSentBack: false }).revision[0]).toBe("a");
  });

  it("is that of other files also where what runs was restarted before the newest failed", () => {
    const again = restarted(rollout("c", "done"), "b");
    const now = rollout("d", "rolled-back", "c");
    const history = lived(rollout("a", "done"), rollout("b", "done"), again, now);
    expect(chooseRevision({ rollout: now, history, isSentBack: false }).revision[0]).toBe("a");
  });

  it("is named by the beginning of a revision or a commit", () => {
    expect(choose(rollout("c", "done"), "aaaa")[0]).toBe("a");
    expect(choose(rollout("c", "done"), "commit-a")[0]).toBe("a");
    expect(choose(rollout("c", "rolled-back", "b"), "cccc")[0]).toBe("c");
  });

  it.each<[string, Rollout, string]>([
    ["went back to another one by itself", rollout("c", "rolled-back", "b"), "--retry"],
    ["is at it already", rollout("c", "done"), ""],
  ])("is not its newest where the stack %s", (_, now, hint) => {
    expect(() => chooseRevision({ rollout: now, history, to: "cccc", isSentBack: false })).toThrow(
      expect.objectContaining({
        code: "NOT_SENT_BACK",
        ...(hint !== "" && { hint: expect.stringContaining(hint) as string }),
      }) as Error,
    );
  });

  it.each(["a", "dddd", "commit"])("is an error where %s names none, or several", (to) => {
    expect(() => choose(rollout("d", "done"), to)).toThrow(
      expect.objectContaining({ code: "NO_SUCH_REVISION" }) as Error,
    );
  });
});

/** Its revision is one of these files, with a restart in it. */
function restarted(made: Rollout, letter: string): Rollout {
  return { ...made, written: revisionId(letter.repeat(12)) };
}

/** On its way to a revision of this letter. */
function rollout(letter: string, phase: Rollout["phase"], good?: string, history?: number): Rollout {
  const stood = phase === "done" ? letter : good;
  return {
    stack: stackName("shop"),
    source,
    revision: revisionId(letter.repeat(12)),
    commit: `commit-${letter}`,
    phase,
    images: { [letter]: digestOf(letter) },
    attempts: 0,
    startedAt: 1,
    replaced: [],
    failure: { operation: "start", message: "it broke" },
    ...(stood !== undefined && { good: kept(stood, history) }),
  };
}

function kept(letter: string, history: number | undefined): NonNullable<Rollout["good"]> {
  return {
    revision: revisionId(letter.repeat(12)),
    commit: `commit-${letter}`,
    stack: aStack("shop", { web: history === undefined ? {} : { update: { history } } }),
    images: { [letter]: digestOf(letter) },
  };
}

/** The history after a stack has been through all of these. */
function lived(...rollouts: readonly Rollout[]): readonly RevisionEntry[] {
  let known: readonly RevisionEntry[] = [];
  let before: readonly Rollout[] = [];
  for (const each of rollouts) {
    known = nextHistory({ before, after: [each], known, now: 9 }).entries;
    before = [each];
  }
  return known;
}
