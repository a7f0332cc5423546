import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ContainerId } from "../../../src/model/ids.ts";
import { isTethered } from "../../../src/sys/tether.ts";
import { openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";

test("after a reboot a container is exited with an unknown code, and starts with data and address kept", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("echo x >> /kept; wc -l < /kept; sleep 100", { network: "bridge" });
  const { addresses, startedAt } = await test.status(id);
  await test.runtime.stop(id);
  await asAfterReboot(test, id);

  expect(await test.status(id)).toMatchObject({ state: "exited", exitCode: null, startedAt });
  await test.runtime.start(id);
  expect(await test.status(id)).toMatchObject({ state: "running", restarts: 1, addresses });
  await expect
    .poll(async () => (await Array.fromAsync(test.runtime.logs(id, {}))).map(({ text }) => text))
    .toEqual(["1", "2"]);
});

/** The exit was never written, and the boot is another one. */
async function asAfterReboot(test: TestRuntime, id: ContainerId): Promise<void> {
  await expect.poll(() => isTethered(join(test.paths.runDir, "bundles", id, "sync"))).toBe(false);
  const home = join(test.paths.dataDir, "containers", id);
  const record = readFileSync(join(home, "record.json"), "utf8");
  await writeFile(join(home, "record.json"), record.replace(/"bootId": "[^"]*"/, '"bootId": "another"'));
  await rm(join(home, "persist/exit"));
}
