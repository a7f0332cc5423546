import { lstat, mkdtempDisposable, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeFileAtomic } from "../../src/sys/write-file.ts";

test("a link that waits where the file is first written is not followed", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "write-"));
  const [path, victim] = [join(folder.path, "config.json"), join(folder.path, "victim")];
  await writeFile(victim, "whole");
  await symlink(victim, `${path}.tmp`);
  await writeFileAtomic(path, "new");
  expect(await readFile(victim, "utf8")).toBe("whole");
  expect((await lstat(path)).isFile()).toBe(true);
  expect(await readFile(path, "utf8")).toBe("new");
});

test("a file that others may read, left there before, does not show them what is written", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "write-"));
  const path = join(folder.path, "config.json");
  await writeFile(`${path}.tmp`, "old", { mode: 0o666 });
  await writeFileAtomic(path, "secret");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder.path)).toEqual(["config.json"]);
});

test("a file may be somebody else's from the beginning", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "write-"));
  const path = join(folder.path, "config.json");
  await writeFileAtomic(path, "x", { owner: { uid: 12_345, gid: 12_346 } });
  expect(await stat(path)).toMatchObject({ uid: 12_345, gid: 12_346 });
});
