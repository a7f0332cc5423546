import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { containerId } from "../../../src/model/ids.ts";
import { foldersOf, layoutOf } from "../../../src/runtime/container/layout.ts";
import { writeRecord } from "../../../src/runtime/container/record.ts";
import { Prober } from "../../../src/runtime/health/prober.ts";
import { defaultSettings } from "../../../src/runtime/settings.ts";
import type { RuntimePaths } from "../../../src/runtime/types.ts";
import { identify } from "../../../src/sys/process.ts";
import { aRecord } from "../../support/container-record.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("after a pause in which nobody probed", () => {
  it.each([
    ["over the time between two of them", 4_000, 1_000],
    ["over ten seconds at most", 60_000, 2_500],
  ])("what is overdue is probed spread %s", async (_, intervalMs, inMs) => {
    const { paths } = onFolder();
    await anOverdueContainer(paths, intervalMs);
    vi.spyOn(Math, "random").mockReturnValue(0.25);
    const since = Date.now();
    using _prober = new Prober(engineAt(paths), () => undefined);
    vi.advanceTimersToNextTimer();
    expect(Date.now() - since).toBe(inMs);
  });

  it("what has come since is probed when it is due", async () => {
    const { paths } = onFolder();
    vi.spyOn(Math, "random").mockReturnValue(0.25);
    mkdirSync(foldersOf(paths).bundles, { recursive: true });
    using prober = new Prober(engineAt(paths), () => undefined);
    await anOverdueContainer(paths, 60_000);
    const since = Date.now();
    prober.look();
    vi.advanceTimersToNextTimer();
    expect(Date.now() - since).toBe(0);
  });
});

it("looks again, and keeps nobody from going on, where what it goes by cannot be read for the moment", () => {
  const { paths } = onFolder();
  const { bundles } = foldersOf(paths);
  mkdirSync(dirname(bundles), { recursive: true });
  writeFileSync(bundles, "no folder");
  const changed = vi.fn();
  using prober = new Prober(engineAt(paths), changed);
  prober.look();
  vi.advanceTimersByTime(60_000);
  expect(vi.getTimerCount()).toBe(1); // the next look
  rmSync(bundles);
  mkdirSync(bundles);
  vi.advanceTimersByTime(60_000);
  expect(vi.getTimerCount()).toBe(0); // nothing is to be probed
  expect(changed).not.toHaveBeenCalled();
});

function engineAt(paths: RuntimePaths): ConstructorParameters<typeof Prober>[0] {
  return { paths, settings: defaultSettings, cgroups: undefined as never };
}

function onFolder(): { readonly paths: RuntimePaths } {
  const folder = mkdtempSync(join(tmpdir(), "prober-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { paths: { dataDir: join(folder, "data"), runDir: join(folder, "run") } };
}

/** It runs, in the place of which this process stands, and was to be probed an hour ago. */
async function anOverdueContainer(paths: RuntimePaths, intervalMs: number): Promise<void> {
  const id = containerId("0123456789ab");
  const own = identify(process.pid);
  if (own === undefined) throw new Error("this process is not there");
  const healthcheck = {
    ...{ command: ["true"], intervalMs, timeoutMs: 1_000, retries: 3 },
    ...{ startPeriodMs: 0, startIntervalMs: 5_000 },
  };
  const run = { process: own, startedAt: Date.now() - 3_600_000 };
  mkdirSync(layoutOf(paths, id).home, { recursive: true });
  mkdirSync(join(foldersOf(paths).bundles, id), { recursive: true });
  await writeRecord(paths, { ...aRecord(id), healthcheck, run });
}
