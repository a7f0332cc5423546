import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readPlainFile } from "../../src/sys/plain-file.ts";
import { run } from "../../src/sys/run.ts";

const maxBytes = 1000;

test("a plain file is read up to its limit, and not beyond", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "plain-"));
  const path = join(folder.path, "file");
  for (const size of [0, 1, 1000]) {
    await writeFile(path, "x".repeat(size));
    expect((await readPlainFile(path, { maxBytes })).toString()).toBe("x".repeat(size));
  }
  await writeFile(path, "x".repeat(1001));
  await expect(readPlainFile(path, { maxBytes })).rejects.toMatchObject({ code: "FILE_TOO_LARGE" });
});

test("a file that says it is empty and is not is held to its limit, too", async () => {
  await expect(readPlainFile("/proc/self/status", { maxBytes: 10 })).rejects.toMatchObject({
    code: "FILE_TOO_LARGE",
  });
});

test.each(["/dev/zero", "/dev/tty", "/", "FIFO"])("%s is no file, and holds nobody up", async (name) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "plain-"));
  const path = name === "FIFO" ? join(folder.path, "fifo") : name;
  if (name === "FIFO") await run("mkfifo", [path]);
  await expect(readPlainFile(path, { maxBytes })).rejects.toMatchObject({ code: "NOT_A_FILE" });
});
