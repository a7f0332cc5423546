import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  isPinned,
  pinNetworkNamespace,
  pinUserNamespace,
  unpinNamespace,
} from "../../src/sys/pinned-namespace.ts";

test("a program that heeds no signal, and leaves something behind, is not waited for", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pinned-"));
  await chmod(folder, 0o777); // who is root there is nobody here
  const [owner, path, left] = [join(folder, "user"), join(folder, "network"), join(folder, "left")];
  await pinUserNamespace(owner, { first: 1_879_048_192, count: 65_536 });
  const stubborn = `trap "" TERM; sleep 600 & echo $! >${left}; echo here; wait`;
  await pinNetworkNamespace(path, { owner, prepare: ["sh", "-c", stubborn] });
  expect(await isPinned(path)).toBe(true);
  process.kill(Number(await readFile(left, "utf8")), "SIGKILL");
  for (const each of [path, owner]) await unpinNamespace(each);
  await rm(folder, { recursive: true });
});
