import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { defaultProfile } from "../../../../src/runtime/container/app-armor/default-profile.ts";
import { loadDefaultProfile } from "../../../../src/runtime/container/app-armor/load-default-profile.ts";

test("containers that are made side by side after a boot wait for one load of the profile", async () => {
  const folder = await mkdtemp(join(tmpdir(), "profile-"));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true }));
  const [dataDir, kernel, programs] = ["data", "kernel", "programs"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [dataDir, kernel, programs]) await mkdir(path);
  await writeFile(join(kernel, "profiles"), "");
  const loaded = join(folder, "loaded");
  const parser = `#!/bin/sh\nsleep 0.1\ncat "$3" >> ${loaded}\n`;
  await writeFile(join(programs, "apparmor_parser"), parser, { mode: 0o755 });
  vi.stubEnv("PATH", `${programs}:${process.env["PATH"] ?? ""}`);
  cleanup.defer(() => void vi.unstubAllEnvs());

  const made = await Promise.all([1, 2, 3, 4].map(() => loadDefaultProfile({ dataDir }, kernel)));
  expect(new Set(made)).toEqual(new Set(["tallyman-default"]));
  expect(await readFile(loaded, "utf8")).toBe(defaultProfile);
  expect(await readdir(dataDir)).toEqual(["apparmor-profile"]);
});
