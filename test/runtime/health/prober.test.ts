import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { foldersOf } from "../../../src/runtime/container/layout.ts";
import { Prober } from "../../../src/runtime/health/prober.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("looks again, and keeps nobody from going on, where what it goes by cannot be read for the moment", () => {
  const folder = mkdtempSync(join(tmpdir(), "prober-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const paths = { dataDir: join(folder, "data"), runDir: join(folder, "run") };
  const { bundles } = foldersOf(paths);
  mkdirSync(dirname(bundles), { recursive: true });
  writeFileSync(bundles, "no folder");
  const changed = vi.fn();
  using prober = new Prober({ paths, cgroups: undefined as never }, changed);
  prober.look();
  vi.advanceTimersByTime(60_000);
  expect(vi.getTimerCount()).toBe(1); // the next look
  rmSync(bundles);
  mkdirSync(bundles);
  vi.advanceTimersByTime(60_000);
  expect(vi.getTimerCount()).toBe(0); // nothing is to be probed
  expect(changed).not.toHaveBeenCalled();
});
