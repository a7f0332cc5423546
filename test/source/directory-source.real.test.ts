import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDirectorySource } from "../../src/source/directory-source.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "source-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(path: string, content = "services: {}\n"): Promise<string> {
  const full = join(folder, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, content);
  return full;
}

async function stacksAt(...paths: readonly string[]): Promise<object> {
  await using source = openDirectorySource(paths.map((path) => join(folder, path)));
  return (await source.fetch()).stacks;
}

describe("stacks are found", () => {
  test("in a file, whatever its name", async () => {
    const file = await put("web/production.yaml");
    expect(await stacksAt("web/production.yaml")).toEqual([
      { directory: join(folder, "web"), files: [file] },
    ]);
  });

  test("in several files of one folder, in their order", async () => {
    const [first, second] = [await put("b.yaml"), await put("a.yaml")];
    expect(await stacksAt("b.yaml", "a.yaml", "b.yaml")).toEqual([
      { directory: folder, files: [first, second] },
    ]);
  });

  test("in a folder, by the name that Compose prefers", async () => {
    await put("docker-compose.yml");
    const file = await put("compose.yml");
    await put("below/compose.yaml");
    expect(await stacksAt("")).toEqual([{ directory: folder, files: [file] }]);
  });

  test("in each folder of a folder that has none itself, but not in hidden ones or deeper", async () => {
    const [web, api] = [await put("web/compose.yaml"), await put("api/docker-compose.yaml")];
    await put(".hidden/compose.yaml");
    await put("notes/deep/compose.yaml");
    await symlink("/nowhere", join(folder, "broken"));
    expect(await stacksAt("")).toEqual([
      { directory: join(folder, "api"), files: [api] },
      { directory: join(folder, "web"), files: [web] },
    ]);
  });
});

describe("nothing found is an error, not an empty list", () => {
  test("where the path is missing", async () => {
    await expect(stacksAt("nope")).rejects.toMatchObject({
      code: "SOURCE_NOT_FOUND",
      message: expect.stringContaining(join(folder, "nope")) as string,
    });
  });

  test("where there is no stack file", async () => {
    await put("readme/README.md");
    await expect(stacksAt("")).rejects.toMatchObject({ code: "NO_STACK_FILES" });
  });
});

describe("watching calls back within a second", () => {
  test.each([
    ["when a file is written", "web/compose.yaml", (path: string) => writeFile(path, "changed")],
    ["when a file is renamed over it", "web/compose.yaml", replaceByRename],
    ["when its .env changes", "web/.env", (path: string) => writeFile(path, "A=2")],
    ["when a stack is added", "new/compose.yaml", (path: string) => put(path.slice(folder.length))],
    ["when a stack is removed", "web", (path: string) => rm(path, { recursive: true })],
  ])("%s", async (_, path, change) => {
    await put("web/compose.yaml");
    await put("web/.env", "A=1");
    await using source = openDirectorySource([folder]);
    const calls = countCalls();
    source.watch(calls.listener);
    await calls.next(10_000); // watching has begun

    await change(join(folder, path));
    await calls.next(1000);
  });

  test("where the source is a file, too, and no longer after disposal", async () => {
    const file = await put("web/compose.yaml");
    const source = openDirectorySource([file]);
    const calls = countCalls();
    source.watch(calls.listener);
    await calls.next(10_000);
    await replaceByRename(file);
    await calls.next(1000);

    await source[Symbol.asyncDispose]();
    await replaceByRename(file);
    await expect(calls.next(300)).rejects.toThrow("no call");
  });
});

async function replaceByRename(path: string): Promise<void> {
  await writeFile(`${path}.new`, "replaced");
  await rename(`${path}.new`, path);
}

interface Calls {
  readonly listener: () => void;
  /** Resolves at the next call from now on. */
  next(timeoutMs: number): Promise<void>;
}

function countCalls(): Calls {
  let called = Promise.withResolvers<undefined>();
  return {
    listener: () => {
      called.resolve(undefined);
      called = Promise.withResolvers();
    },
    next: async (timeoutMs) => {
      const timeout = AbortSignal.timeout(timeoutMs);
      const late = new Promise<never>((_, reject) => {
        timeout.addEventListener("abort", () => reject(new Error(`no call in ${timeoutMs} ms`)));
      });
      await Promise.race([called.promise, late]);
    },
  };
}
