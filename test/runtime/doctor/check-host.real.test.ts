import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { defaultSettings } from "../../../src/runtime/settings.ts";
import { checkHost } from "../../../src/runtime/doctor/check-host.ts";

test("a host that the tests run on lacks nothing, and looking at it makes nothing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "doctor-"));
  try {
    const dataDir = join(folder, "data");
    const checks = await checkHost({ dataDir, runDir: join(folder, "run") });
    expect(checks.filter(({ status }) => status === "missing")).toEqual([]);
    expect(checks.filter(({ detail }) => detail.includes("could not be checked"))).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["runc", "cgroups", "nftables", "git"]),
    );
    expect(checks.find(({ name }) => name === "user namespaces")).toMatchObject({ status: "ok" });
    expect(checks.find(({ name }) => name === "free space")?.detail).toContain(dataDir);
    expect(existsSync(dataDir)).toBe(false);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a configured runtime that is not there is named: a warning, or what is missing where it is the default", async () => {
  const runtimes = { runc: "runc", again: "runc", gone: "/nowhere/runsc" };
  const checks = await checkHost(
    { dataDir: "/nowhere", runDir: "/nowhere" },
    { ...defaultSettings, runtimes, defaultRuntime: "gone" },
  );
  const found = checks.filter(({ name }) => name.startsWith("runtime "));
  expect(found).toMatchObject([
    { name: "runtime again", status: "ok" },
    { name: "runtime gone (default)", status: "missing" },
  ]);
});

test("a run directory that only root can enter is reported, where it is or will be made, and how to mend it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "doctor-"));
  try {
    const runDir = join(folder, "later", "run");
    const look = async () =>
      (await checkHost({ dataDir: folder, runDir })).find(({ name }) => name === "run directory");
    expect(await look()).toMatchObject({
      status: "warning",
      detail: expect.stringContaining(`enter ${folder} (mode 0700)`) as string,
      remedy: expect.stringContaining(`chmod o+x ${folder}`) as string,
    });
    await chmod(folder, 0o711);
    expect(await look()).toMatchObject({ status: "ok" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a data directory on a file system that cannot hold one is reported with what to do", async () => {
  const checks = await checkHost({ dataDir: "/proc/tallyman", runDir: "/proc/run" });
  expect(checks.find(({ name }) => name === "data directory")).toMatchObject({
    status: "warning",
    remedy: expect.stringContaining("TALLYMAN_DATA_DIR") as string,
  });
  expect(checks.find(({ name }) => name === "user namespaces")).toMatchObject({
    status: "warning",
    detail: expect.stringContaining("containers cannot have one") as string,
  });
});
