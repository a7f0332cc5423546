/** What the tests import as `vitest` while mutants are tried: the same words, which only write the tests down. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { format } from "node:util";
import { expect as vitestExpect } from "vitest";

export interface WrittenTest {
  readonly id: string;
  readonly body: () => unknown;
}

type Body = (...args: unknown[]) => unknown;

let written: WrittenTest[] = [];
let described: (() => void)[] | undefined;
let folder = "";
let names: readonly string[] = [];

/**
 * The tests of a file, which `load` imports, when they are asked for. Each reads its group anew when it runs, so that
 * what the group works out before its tests is the test's own.
 */
export async function testsOf(
  file: string,
  load: () => Promise<unknown>,
): Promise<() => readonly WrittenTest[]> {
  [written, described, names, folder] = [[], [], [file], path.dirname(file)];
  await load();
  const [alone, groups, home] = [written, described, folder];
  described = undefined;
  return () =>
    [...alone, ...groups.flatMap((group) => testsIn(group))].map(({ id, body }, index) => ({
      id: `${id} #${index}`,
      body: () => {
        folder = home;
        return body();
      },
    }));
}

function testsIn(group: () => void): readonly WrittenTest[] {
  return writtenBy(group).map(({ id }, index) => ({
    id,
    body: () => {
      const again = writtenBy(group)[index];
      if (again?.id !== id) throw new Error(`it is another group: ${id}`);
      return again.body();
    },
  }));
}

function writtenBy(group: () => void): readonly WrittenTest[] {
  written = [];
  group();
  return written;
}

/** What a group holds is read when all of its file is. */
export const describe = withEach((name, body) => {
  const outer = names;
  const group = (): void => {
    names = [...outer, name];
    body();
    names = outer;
  };
  if (described === undefined) group();
  else described.push(group);
});

export const it = withEach((name, body) => {
  written.push({ id: [...names, name].join(" > "), body });
});

export const test = it;

/** Vitest's, but that a golden is only read. */
export const expect = Object.assign((...asked: Parameters<typeof vitestExpect>) => {
  const toMatchFileSnapshot = async (golden: string): Promise<void> => {
    vitestExpect(asked[0]).toBe(await readFile(path.join(folder, golden), "utf8"));
  };
  return Object.defineProperty(vitestExpect(...asked), "toMatchFileSnapshot", { value: toMatchFileSnapshot });
}, vitestExpect);

type Write = (name: string, body: Body) => void;

/** As Vitest's, which takes options first: what has some asks for minutes, is a property test, and is left out. */
type Said = (name: string, ...rest: readonly unknown[]) => void;

function withEach(write: Write): Said & { each: (rows: readonly unknown[]) => Said } {
  const say: Said = (name, body) => {
    if (typeof body === "function") write(name, body as Body);
  };
  const each =
    (rows: readonly unknown[]): Said =>
    (name, body) => {
      for (const row of rows) {
        const args: readonly unknown[] = Array.isArray(row) ? row : [row];
        if (typeof body === "function") write(format(name, ...args), () => (body as Body)(...args));
      }
    };
  return Object.assign(say, { each });
}
