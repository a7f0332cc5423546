/** The rooms and the arrows between them, read from the imports themselves. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const src = join(root, "src");

/** What each room may import, besides itself. */
const arrows: Record<string, readonly string[]> = {
  model: [],
  sys: ["model"],
  reconcile: ["model"],
  document: ["model", "sys"],
  stack: ["model", "sys", "document"],
  config: ["model", "sys", "document", "runtime"],
  source: ["model", "sys"],
  state: ["model", "sys"],
  runtime: ["model", "sys"],
  agent: ["model", "sys", "document", "reconcile", "stack", "source", "state", "runtime"],
  cli: ["model", "sys", "document", "config", "reconcile", "stack", "source", "state", "runtime", "agent"],
};

/** Modules of Node that touch nothing outside the program. */
const harmless = ["node:crypto", "node:util", "node:path"];

/** A calendar, which is as pure as they are; it is loaded where somebody asks for it. */
const calendar = { file: "model/cron.ts", packages: ["cron-parser", "node:module"] };

interface Import {
  readonly file: string;
  readonly target: string;
}

const imports: readonly Import[] = globSync("**/*.ts", { cwd: src }).flatMap((file) => {
  const text = readFileSync(join(src, file), "utf8");
  const targets = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
  return targets.map((target) => ({ file, target }));
});

const roomOf = (path: string): string => path.split("/")[0] ?? "";
const local = imports
  .filter(({ target }) => target.startsWith("."))
  .map(({ file, target }) => ({ file, target: relative(src, resolve(src, dirname(file), target)) }));

describe("the rooms", () => {
  it("are those with a rule here, and no others", () => {
    expect([...new Set(imports.map(({ file }) => roomOf(file)))].sort()).toEqual(Object.keys(arrows).sort());
  });

  it("import only along the arrows", () => {
    const against = local.filter(({ file, target }) => {
      const [from, to] = [roomOf(file), roomOf(target)];
      return from !== to && !target.startsWith("..") && !arrows[from]?.includes(to);
    });
    expect(against).toEqual([]);
  });

  it("keep the planner and the vocabulary pure: no I/O, no package", () => {
    const impure = imports.filter(
      ({ file, target }) =>
        ["model", "reconcile"].includes(roomOf(file)) &&
        !target.startsWith(".") &&
        !harmless.includes(target) &&
        !(file === calendar.file && calendar.packages.includes(target)),
    );
    expect(impure).toEqual([]);
  });

  it("keep the clock, chance and the environment out of the planner", () => {
    const forbidden =
      /\b(Date\.now|new Date\(\)|Math\.random|process\.|performance\.|setTimeout|randomBytes|randomUUID)/;
    const guilty = globSync("{model,reconcile}/**/*.ts", { cwd: src }).filter((file) =>
      forbidden.test(readFileSync(join(src, file), "utf8")),
    );
    expect(guilty).toEqual([]);
  });

  it("keep the runtime from hearing of stacks", () => {
    const tellTales = ["model/stack.ts", "model/rollout.ts", "model/spec-hash.ts"];
    const guilty = local.filter(
      ({ file, target }) => roomOf(file) === "runtime" && tellTales.includes(target),
    );
    expect(guilty).toEqual([]);
  });
});
