import { existsSync, readdirSync } from "node:fs";
import { appendFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { codeOf } from "../../src/model/error.ts";
import { openRuntime } from "../../src/runtime/open.ts";
import { addImage, newId, plainSpec } from "../support/test-runtime.ts";
import { aTmpfs } from "../support/tmpfs.ts";

test("on a full disk nothing new is created, and what exists is started, stopped and removed", async () => {
  await using disk = await aTmpfs(200_000_000);
  const paths = { dataDir: join(disk.path, "data"), runDir: join(disk.path, "run") };
  await using runtime = await openRuntime(paths);
  const image = await addImage(runtime, disk.path, {});
  const request = { id: newId(), name: "kept", image, labels: {}, spec: { ...plainSpec, command: ["cat"] } };
  await runtime.create(request);
  await runtime.start(request.id);
  await runtime.stop(request.id);
  expect(existsSync(join(paths.dataDir, "ballast"))).toBe(true);

  await fill(join(disk.path, "other-data"));
  await runtime.start(request.id);
  expect(await runtime.list()).toMatchObject([{ id: request.id, restarts: 1 }]);
  expect(existsSync(join(paths.dataDir, "ballast"))).toBe(false);

  await fill(join(disk.path, "other-data"));
  await expect(runtime.create({ ...request, id: newId(), name: "new" })).rejects.toMatchObject({
    code: "DISK_FULL",
    message: "container new: the disk is full",
  });
  await runtime.stop(request.id);
  await runtime.remove(request.id);
  expect(readdirSync(join(paths.dataDir, "containers"))).toEqual([]);

  await rm(join(disk.path, "other-data"));
  await runtime.create(request);
  expect(existsSync(join(paths.dataDir, "ballast"))).toBe(true);
  await runtime.remove(request.id);
  await runtime.sweep();
});

/** To the last byte. */
async function fill(path: string): Promise<void> {
  for (const size of [1 << 20, 1 << 12]) {
    const chunk = new Uint8Array(size);
    try {
      for (;;) await appendFile(path, chunk);
    } catch (error) {
      if (codeOf(error) !== "ENOSPC") throw error;
    }
  }
}
