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
const files = ["src/reconcile/**/*.ts", "test/reconcile/**/*.ts"];
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
      .toSorted((a, b) => this.#costOf(a) - this.#costOf(b));
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

  /** A file that is read anew asks all of its tests. */
  #costOf({ id }: WrittenTest): number {
    return id.endsWith(readAnew) ? Number.MAX_SAFE_INTEGER : (this.#took.get(id) ?? 0);
  }

  async #load(): Promise<void> {
    const board = this.#board;
    this.#tests = await loadTests({
      isTrying: () => board.activeMutant !== undefined,
      asNobody: async (read) => {
        board.currentTestId = nobody;
        const tests = await read();
        board.currentTestId = undefined;
        delete board.mutantCoverage?.perTest[nobody];
        return tests;
      },
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

/** Whose test it is while tests are only read. */
const nobody = "nobody";
const readAnew = "is read anew";

let generation = 0;
let readings = 0;
const words = new URL("words.ts", import.meta.url).href;

interface Reading {
  /** A mutant is. */
  readonly isTrying: () => boolean;
  readonly asNobody: <T>(read: () => Promise<T>) => Promise<T>;
}

/**
 * Anew, with all that they import from here: what a module does when it is loaded may be what has changed. What a file
 * of tests works out when it is read is a test of its own, which reads that file alone anew: few mutants need more.
 */
async function loadTests({ isTrying, asNobody }: Reading): Promise<readonly WrittenTest[]> {
  if (generation++ === 0) leadImports();
  const found = globSync(files).sort();
  const isTests = (file: string): boolean => file.endsWith(".test.ts");
  for (const file of found.filter((each) => !isTests(each))) await import(addressOf(file));
  const written: WrittenTest[] = [];
  for (const file of found.filter((each) => isTests(each) && !left.test(each))) {
    const read = (): ReturnType<typeof testsOf> =>
      testsOf(file, () => import(`${addressOf(file)}?${generation}.${readings++}`));
    const body = async (): Promise<void> => {
      const readTests = await read();
      if (isTrying()) for (const test of readTests()) await test.body();
    };
    written.push(...(await asNobody(async () => (await read())())), { id: `${file} ${readAnew}`, body });
  }
  return written;
}

function addressOf(file: string): string {
  return pathToFileURL(path.resolve(file)).href;
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
        ? { ...found, url: `${found.url}?${generation}` }
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
