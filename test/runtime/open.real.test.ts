import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { containerId } from "../../src/model/ids.ts";
import { openRuntime } from "../../src/runtime/open.ts";
import { openReader } from "../../src/runtime/open-reader.ts";
import type { RuntimePaths } from "../../src/runtime/types.ts";
import { openTestRuntime } from "../support/test-runtime.ts";

test("a reader finds nothing where there is nothing, and makes nothing", async () => {
  await using home = await ownFolder();
  const reader = openReader(home.paths);
  expect(await reader.list()).toEqual([]);
  expect(await reader.damaged()).toEqual([]);
  expect(await reader.volumes()).toEqual([]);
  expect(await reader.routes()).toEqual([]);
  expect(await reader.images.list()).toEqual([]);
  const noSuch = Array.fromAsync(reader.logs(containerId("0".repeat(12)), {}));
  await expect(noSuch).rejects.toMatchObject({ code: "NO_SUCH_CONTAINER" });
  expect(await readdir(home.folder)).toEqual([]);
});

test("only one runtime at a time has a data directory; readers are not in its way", async () => {
  await using test = await openTestRuntime();
  await expect(openRuntime(test.paths)).rejects.toMatchObject({ code: "LOCKED" });
  expect(await openReader(test.paths).list()).toEqual([]);
});

test("the directories are for root alone, but for a passage to the bundles, and the run directory goes when nothing runs", async () => {
  await using home = await ownFolder();
  const runtime = await openRuntime(home.paths);
  const { dataDir, runDir } = home.paths;
  for (const folder of [dataDir, join(dataDir, "containers"), join(runDir, "runc")]) {
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  }
  for (const passage of [runDir, join(runDir, "bundles")]) {
    expect((await stat(passage)).mode & 0o777).toBe(0o711);
  }
  await runtime[Symbol.asyncDispose]();
  expect(existsSync(home.paths.runDir)).toBe(false);
});

test("directories that were open to others are closed to them", async () => {
  await using home = await ownFolder();
  await mkdir(home.paths.dataDir);
  await chmod(home.paths.dataDir, 0o755);
  await using _runtime = await openRuntime(home.paths);
  expect((await stat(home.paths.dataDir)).mode & 0o777).toBe(0o700);
});

test("what a container sees does not depend on the umask of whoever started us", async () => {
  const before = process.umask(0o077);
  try {
    await using test = await openTestRuntime();
    const volume = { kind: "volume", target: "/v", readOnly: false, noCopy: false } as const;
    const line = "cat /etc/hosts /etc/resolv.conf > /dev/null && ls -d /v/. / && umask";
    expect(await test.shell(line, { user: "65534", mounts: [volume] })).toBe("/\n/v/.\n0022");
  } finally {
    process.umask(before);
  }
});

test("a data directory of a later version is refused and left as it is", async () => {
  await using home = await ownFolder();
  await (await openRuntime(home.paths))[Symbol.asyncDispose]();
  await writeFile(join(home.paths.dataDir, "format"), "2\n");
  await expect(openRuntime(home.paths)).rejects.toMatchObject({ code: "FORMAT_TOO_NEW" });
  await writeFile(join(home.paths.dataDir, "format"), "");
  await expect(openRuntime(home.paths)).rejects.toMatchObject({ code: "BAD_FORMAT" });
});

test.each(["", "{", "[]", '{"version":1}', '{"version":99}'])(
  "a damaged record (%j) is reported, spoils no list, is swept by nobody, and can be removed",
  async (content) => {
    await using test = await openTestRuntime();
    const { id: whole } = await test.status(await test.run("sleep 100"));
    const id = await test.run("sleep 100");
    await writeFile(join(test.paths.dataDir, "containers", id, "record.json"), content);

    expect((await test.runtime.list()).map((container) => container.id)).toEqual([whole]);
    const [damaged] = await test.runtime.damaged();
    expect(damaged?.id).toBe(id);
    expect(damaged?.reason).toContain("record.json");
    await expect(test.runtime.start(id)).rejects.toMatchObject({ code: "DAMAGED_RECORD" });
    await test.runtime.sweep();
    expect(await test.runtime.damaged()).toHaveLength(1);

    await test.runtime.remove(id);
    expect(await test.runtime.damaged()).toEqual([]);
    expect(existsSync(join(test.paths.runDir, "runc", id))).toBe(false);
  },
);

test("what has no record is swept: processes, mounts and folders", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("sleep 100", { network: "bridge" });
  const { pid } = await test.status(id);
  await rm(join(test.paths.dataDir, "containers", id, "record.json"));
  await test.runtime.sweep();
  expect(existsSync(`/proc/${pid ?? 0}`)).toBe(false);
  expect(await readdir(join(test.paths.dataDir, "containers"))).toEqual([]);
  expect(await readdir(join(test.paths.runDir, "bundles"))).toEqual([]);
});

async function ownFolder(): Promise<AsyncDisposable & { folder: string; paths: RuntimePaths }> {
  const folder = await mkdtemp(join(tmpdir(), "open-"));
  return {
    folder,
    paths: { dataDir: join(folder, "data"), runDir: join(folder, "run") },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
