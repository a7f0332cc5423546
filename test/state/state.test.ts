import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { revisionId, stackName } from "../../src/model/ids.ts";
import type { RevisionEntry } from "../../src/model/rollout.ts";
import type { Stack } from "../../src/model/stack.ts";
import { openStateReader } from "../../src/state/state-reader.ts";
import { openState } from "../../src/state/state.ts";
import { entry, hashOf, rollout } from "./memories.ts";

let dataDir: string;
let file: string;
beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), "state-")), "data");
  file = join(dataDir, "state.db");
});
afterEach(() => rmSync(join(dataDir, ".."), { recursive: true }));

const hello = { inventory: [entry("hello", "web")], rollouts: [rollout("hello")] };

describe("the history of revisions", () => {
  const good: RevisionEntry = {
    stack: stackName("hello"),
    revision: revisionId("0123456789ab"),
    begunAt: 1000,
    result: "good",
    images: [],
  };
  const bad: RevisionEntry = {
    ...good,
    revision: revisionId("ba9876543210"),
    begunAt: 2000,
    result: "failed",
  };
  const stack: Stack = {
    name: good.stack,
    directory: "/srv",
    services: [],
    volumes: [],
    networks: [],
    places: {},
  };
  const kept = { of: good.stack, revision: good.revision, stack, images: {} };

  test("is read with the newest last, and what brings a revision back by its name", () => {
    using state = openState(dataDir);
    state.saveHistory({ changed: [bad, good], kept: [kept], forgotten: [] });
    using reader = openStateReader(dataDir);
    expect(reader.revisions()).toEqual([good, bad]);
    expect(reader.keptRevision(good.stack, good.revision)).toEqual({
      revision: good.revision,
      stack,
      images: {},
    });
    expect(reader.keptRevision(good.stack, bad.revision)).toBeUndefined();
    state.saveHistory({ changed: [], kept: [], forgotten: [good] });
    expect(reader.revisions()).toEqual([bad]);
  });

  test("is empty where a version before it has written the file, and begins with the next writer", () => {
    openState(dataDir)[Symbol.dispose]();
    {
      using database = new DatabaseSync(file);
      database.exec("DROP TABLE revisions; PRAGMA user_version = 1");
    }
    using reader = openStateReader(dataDir);
    expect(reader.revisions()).toEqual([]);
    using state = openState(dataDir);
    state.saveHistory({ changed: [good], kept: [], forgotten: [] });
    expect(reader.revisions()).toEqual([good]);
  });
});

describe("what is saved", () => {
  test("is read after a restart, sorted", () => {
    using first = openState(dataDir);
    const memory = {
      inventory: [entry("b", "web"), entry("a", "db")],
      rollouts: [
        rollout("b", { commit: "c0ffee", failure: { operation: "pull", message: "gone" } }),
        rollout("a"),
      ],
    };
    first.save(memory);
    first.keepSpec(hashOf("1"), { image: "nginx" });

    using second = openState(dataDir);
    expect(second.read()).toEqual({
      inventory: memory.inventory.toReversed(),
      rollouts: memory.rollouts.toReversed(),
      specs: { [hashOf("1")]: { image: "nginx" } },
    });
  });

  test("replaces what was there before", () => {
    using state = openState(dataDir);
    state.save({ inventory: [entry("a", "x"), entry("a", "y")], rollouts: [rollout("a"), rollout("b")] });
    state.save({ inventory: [entry("a", "y")], rollouts: [rollout("b", { phase: "done" })] });

    expect(state.read().inventory).toEqual([entry("a", "y")]);
    expect(state.read().rollouts).toEqual([rollout("b", { phase: "done" })]);
    state.save({ inventory: [], rollouts: [] });
    expect(state.read()).toEqual({ inventory: [], rollouts: [], specs: {} });
  });

  test("is not written again when nothing changed", () => {
    using state = openState(dataDir);
    state.save(hello);
    const written = readFileSync(file);
    state.save(structuredClone(hello));
    expect(readFileSync(file).equals(written)).toBe(true);
  });
});

test("specs are kept until they are forgotten", () => {
  using state = openState(dataDir);
  state.keepSpec(hashOf("1"), { image: "one" });
  state.keepSpec(hashOf("2"), { image: "two" });
  state.keepSpec(hashOf("2"), { image: "two" });
  state.forgetSpecsExcept([hashOf("2"), hashOf("3")]);
  expect(state.read().specs).toEqual({ [hashOf("2")]: { image: "two" } });
});

describe("a reader", () => {
  test("reads nothing where there is nothing, makes nothing, and sees what comes", () => {
    using reader = openStateReader(dataDir);
    expect(reader.read()).toEqual({ inventory: [], rollouts: [], specs: {} });
    expect(existsSync(dataDir)).toBe(false);

    using state = openState(dataDir);
    state.save(hello);
    expect(reader.read()).toEqual({ ...hello, specs: {} });
  });

  test("changes nothing on disk", () => {
    {
      using state = openState(dataDir);
      state.save(hello);
    }
    const before = onDisk();
    using reader = openStateReader(dataDir);
    reader.read();
    expect(onDisk()).toEqual(before);
    expect(readdirSync(dataDir)).toEqual(["state.db"]);
  });

  function onDisk(): object {
    const { mtimeMs, ctimeMs, size } = statSync(file);
    return {
      mtimeMs,
      ctimeMs,
      size,
      folder: statSync(dataDir).mtimeMs,
      content: readFileSync(file).toString("hex"),
    };
  }
});

describe("a file that cannot be read", () => {
  test("because a newer program wrote it, is refused and left as it is", () => {
    openState(dataDir)[Symbol.dispose]();
    {
      using database = new DatabaseSync(file);
      database.exec("PRAGMA user_version = 99");
    }
    const before = readFileSync(file);
    expect(() => openState(dataDir)).toThrow(expect.objectContaining({ code: "NEWER_FORMAT" }));
    expect(() => openStateReader(dataDir).read()).toThrow(expect.objectContaining({ code: "NEWER_FORMAT" }));
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("because it is no database, is named", () => {
    openState(dataDir)[Symbol.dispose]();
    writeFileSync(file, "x".repeat(4096));
    const refused = expect.objectContaining({
      code: "STATE_FAILED",
      message: expect.stringContaining(file) as string,
      hint: expect.stringContaining("move it away") as string,
    }) as Error;
    expect(() => openState(dataDir)).toThrow(refused);
    expect(() => openStateReader(dataDir).read()).toThrow(refused);
  });
});
