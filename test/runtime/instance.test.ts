import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { instanceOf } from "../../src/runtime/instance.ts";

test("the default data directory has plain names", () => {
  expect(instanceOf({ dataDir: "/var/lib/tallyman" })).toEqual({
    id: "",
    bridge: "tallyman0",
    bridgePrefix: "tallyman",
    table: "tallyman",
    cgroup: "tallyman",
    slice: "tallyman.slice",
  });
});

test("another one has names of its own, short enough for the kernel", () => {
  const [one, two] = [instanceOf({ dataDir: "/srv/one" }), instanceOf({ dataDir: "/srv/two" })];
  expect(Object.values(one).filter((name) => Object.values(two).includes(name))).toEqual([]);
  expect(one.bridge).toMatch(/^tm-[0-9a-f]{8}$/);
});

test("a directory is the same by whatever path, there or not", () => {
  const folder = mkdtempSync(join(tmpdir(), "instance-"));
  symlinkSync(folder, join(folder, "link"));
  const through = instanceOf({ dataDir: join(folder, "link", "..", "link", "data/") });
  expect(through).toEqual(instanceOf({ dataDir: join(folder, "data") }));
  rmSync(folder, { recursive: true });
});
