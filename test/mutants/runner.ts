/**
 * Runs the tables and goldens of the planner for Stryker, all in its own process. They are pure: thousands of mutants
 * need no process, no transformation and no import of their own, and take minutes instead of hours.
 */
import { globSync, readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { testsOf, type WrittenTest } from "./words.ts";

/** Property tests, and hours of an outage, find in hundreds of steps what a line of a table says at once. */
const files = "test/reconcile/**/*.test.ts";
const left = /properties\.test\.ts$|(fates|outage)\.test\.ts$/;

/** What Stryker's instrumented code and this runner tell each other. */
interface Blackboard {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: { readonly perTest: Record<string, unknown> } | undefined;
}

interface MutantRun {
  readonly activeMutant: { readonly id: string };
  readonly testFilter?: readonly string[];
  readonly hitLimit?: number;
  readonly mutantActivation: "static" | "runtime";
  readonly reloadEnvironment: boolean;
}

class InProcessRunner {
  readonly #board: Blackboard = ((globalThis as { __stryker__?: Blackboard }).__stryker__ ??= {});
  #tests: readonly WrittenTest[] = [];
  /** Milliseconds by test: the quickest go first, for one that fails ends the others. */
  readonly #took = new Map<string, number>();

  capabilities(): object {
    return { reloadEnvironment: true };
  }

  async dryRun(): Promise<object> {
    await this.#load();
    const tests = [];
    for (const { id, body } of this.#tests) {
      this.#board.currentTestId = id;
      const failureMessage = await this.#run(id, body);
      const timeSpentMs = this.#took.get(id);
      tests.push({
        ...{ id, name: id, timeSpentMs },
        ...(failureMessage === undefined ? { status: 0 } : { status: 1, failureMessage }),
      });
    }
    this.#board.currentTestId = undefined;
    return { status: "complete", tests, mutantCoverage: this.#board.mutantCoverage };
  }

  async mutantRun(run: MutantRun): Promise<object> {
    const board = this.#board;
    const counted = { hitCount: 0, hitLimit: run.hitLimit };
    const activeMutant = run.mutantActivation === "static" ? run.activeMutant.id : undefined;
    Object.assign(board, { ...counted, activeMutant }); // a limit of the mutant before is none of this one
    const isToLoad = run.reloadEnvironment || this.#tests.length === 0;
    const unloadable = isToLoad ? await failureOf(() => this.#load()) : undefined;
    if (unloadable !== undefined)
      return { status: "killed", killedBy: [], failureMessage: unloadable, nrOfTests: 0 };
    Object.assign(board, { ...counted, activeMutant: run.activeMutant.id });
    const chosen = run.testFilter && new Set(run.testFilter);
    const tests = this.#tests
      .filter(({ id }) => chosen?.has(id) ?? true)
      .toSorted((a, b) => (this.#took.get(a.id) ?? 0) - (this.#took.get(b.id) ?? 0));
    try {
      for (const [index, { id, body }] of tests.entries()) {
        const failureMessage = await this.#run(id, body);
        if ((board.hitCount ?? 0) > (run.hitLimit ?? Infinity)) return { status: "timeout" };
        if (failureMessage !== undefined)
          return { status: "killed", killedBy: [id], failureMessage, nrOfTests: index + 1 };
      }
      return { status: "survived", nrOfTests: tests.length };
    } finally {
      board.activeMutant = undefined;
    }
  }

  async #run(id: string, body: WrittenTest["body"]): Promise<string | undefined> {
    const begun = performance.now();
    const failureMessage = await failureOf(body);
    this.#took.set(id, performance.now() - begun);
    return failureMessage;
  }

  async #load(): Promise<void> {
    const board = this.#board;
    this.#tests = await loadTests((groups) => {
      board.currentTestId = nobody;
      const tests = groups();
      board.currentTestId = undefined;
      delete board.mutantCoverage?.perTest[nobody];
      return tests;
    });
  }
}

export const strykerPlugins = [{ kind: "TestRunner", name: "in-process", injectableClass: InProcessRunner }];

async function failureOf(body: WrittenTest["body"]): Promise<string | undefined> {
  try {
    await body();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whose test it is while groups are only read. */
const nobody = "nobody";

let generation = 0;
const words = new URL("words.ts", import.meta.url).href;

/** Anew, with all that they import from here: what a module does when it is loaded may be what has changed. */
async function loadTests(read: Parameters<typeof testsOf>[2]): Promise<readonly WrittenTest[]> {
  if (generation++ === 0) leadImports();
  const found = globSync(files)
    .filter((file) => !left.test(file))
    .sort();
  const tests: WrittenTest[] = [];
  for (const file of found) {
    const { href } = pathToFileURL(path.resolve(file));
    tests.push(...(await testsOf(file, () => import(`${href}?${generation}`), read)));
  }
  return tests;
}

/** Of what is loaded more than once. */
const sources = new Map<string, string>();

function leadImports(): void {
  const root = pathToFileURL(`${process.cwd()}/`).href;
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === "vitest" && context.parentURL !== words) return { url: words, shortCircuit: true };
      const found = next(specifier, context);
      const isOurs = found.url.startsWith(root) && !found.url.includes("/node_modules/");
      return isOurs && found.url.endsWith(".ts") && found.url !== words
        ? { ...found, url: `${found.url.split("?")[0]}?${generation}` }
        : found;
    },
    load(url, context, next) {
      const [file = url, isOurs] = url.split("?");
      if (isOurs === undefined) return next(url, context);
      const source = sources.get(file) ?? stripTypeScriptTypes(readFileSync(new URL(file), "utf8"));
      sources.set(file, source);
      return { format: "module", source, shortCircuit: true };
    },
  });
}
