/** What is kept of containers whose revision failed, where their removal is interrupted, or others go beside it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtempDisposable, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { digest } from "../../../src/model/ids.ts";
import { findCgroups } from "../../../src/runtime/container/cgroup/cgroups.ts";
import type { Engine } from "../../../src/runtime/container/engine.ts";
import { failedPaths, keepFailed } from "../../../src/runtime/container/failed.ts";
import { layoutOf } from "../../../src/runtime/container/layout.ts";
import { listContainers } from "../../../src/runtime/container/list.ts";
import { readRecord, writeRecord, type ContainerRecord } from "../../../src/runtime/container/record.ts";
import { removeContainer } from "../../../src/runtime/container/remove.ts";
import { instanceOf } from "../../../src/runtime/instance.ts";
import { noPorts } from "../../../src/runtime/ports/types.ts";
import { defaultSettings } from "../../../src/runtime/settings.ts";
import { Turns } from "../../../src/runtime/turns.ts";
import type { RuntimePaths } from "../../../src/runtime/types.ts";
import { newId, plainSpec } from "../../support/test-runtime.ts";

it("keeps a log also where its removal is interrupted, and finished by somebody who does not know why", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "failed-"));
  const { paths, engine } = on(folder.path);
  const record = await aContainer(paths, "web");
  const interrupted = {
    ...engine,
    ports: { ...noPorts, release: () => Promise.reject(new Error("killed")) },
  };
  await expect(removeContainer(interrupted, record.id, { hasFailed: true })).rejects.toThrow("killed");
  await removeContainer(engine, record.id);
  expect(readRecord(paths, record.id).kind).toBe("absent");
  expect(await kept(paths)).toEqual(["web wrote"]);
});

it("keeps a log that was moved already when its removal was interrupted", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "failed-"));
  const { paths, engine } = on(folder.path);
  const record = await aContainer(paths, "web");
  await keepFailed(paths, record);
  await removeContainer(engine, record.id, { hasFailed: true });
  expect(await kept(paths)).toEqual(["web wrote"]);
});

it("keeps the last one of a name, also of the same id, until one of that name goes that has not failed", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "failed-"));
  const { paths, engine } = on(folder.path);
  const first = await aContainer(paths, "web");
  await removeContainer(engine, first.id, { hasFailed: true });
  await aContainer(paths, "web", { id: first.id, line: "again" });
  await removeContainer(engine, first.id, { hasFailed: true });
  expect(await kept(paths)).toEqual(["web again"]);
  const next = await aContainer(paths, "web", { line: "next" });
  await removeContainer(engine, next.id, { hasFailed: true });
  expect(await kept(paths)).toEqual(["web next"]);
  await removeContainer(engine, (await aContainer(paths, "web", { hasRun: true })).id);
  expect(await kept(paths)).toEqual([]);
});

it("keeps a log where the next one of its name could not even be made", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "failed-"));
  const { paths, engine } = on(folder.path);
  const first = await aContainer(paths, "web");
  await removeContainer(engine, first.id, { hasFailed: true });
  await removeContainer(engine, (await aContainer(paths, "web", { line: "never" })).id);
  expect(await kept(paths)).toEqual(["web wrote"]);
});

it("keeps the last log of each of many that are removed side by side", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "failed-"));
  const { paths, engine } = on(folder.path);
  const names = Array.from({ length: 6 }, (_, index) => `web-${index + 1}`).sort();
  const lanes = names.map(async (name) => {
    for (const line of ["one", "two"])
      await removeContainer(engine, (await aContainer(paths, name, { line })).id, { hasFailed: true });
  });
  await Promise.all(lanes);
  expect(await kept(paths)).toEqual(names.map((name) => `${name} two`));
});

function on(folder: string): { readonly paths: RuntimePaths; readonly engine: Engine } {
  const paths = { dataDir: join(folder, "data"), runDir: join(folder, "run") };
  const unwanted = (): Promise<never> => Promise.reject(new Error("nobody asks for it"));
  const engine: Engine = {
    paths,
    settings: defaultSettings,
    images: { open: unwanted, claim: unwanted },
    network: { attach: unwanted, complete: unwanted, detach: unwanted },
    names: { enter: unwanted, leave: unwanted },
    ports: noPorts,
    cgroups: findCgroups(instanceOf(paths)),
    exitCommand: [],
    volumeTurns: new Turns(),
  };
  return { paths, engine };
}

interface Words {
  readonly id?: ContainerRecord["id"];
  readonly line?: string;
  readonly hasRun?: boolean;
}

/** One that has a log, and has never run where nothing else is said. */
async function aContainer(
  paths: RuntimePaths,
  name: string,
  { id = newId(), line = "wrote", hasRun = false }: Words = {},
): Promise<ContainerRecord> {
  const record: ContainerRecord = {
    ...{ version: 1, id, name, spec: plainSpec, image: digest(`sha256:${"0".repeat(64)}`), labels: {} },
    ...{ runtime: { name: "runc", program: "runc" }, isolation: { noNewPrivileges: false } },
    ...{ createdAt: 1, stopSignal: 15, removing: false, stopped: false, addresses: [] },
    ...{ restarts: 0, restartStreak: 0 },
    ...(hasRun && { lastExit: { startedAt: 1, finishedAt: 2, code: 0, oomKilled: false } }),
  };
  mkdirSync(layoutOf(paths, id).logFolder, { recursive: true });
  await writeRecord(paths, record);
  writeFileSync(layoutOf(paths, id).log, line);
  return record;
}

/** The name and the log of each that is kept. */
async function kept(paths: RuntimePaths): Promise<readonly string[]> {
  const failed = failedPaths(paths);
  const all = listContainers(failed, findCgroups(instanceOf(paths))).map(
    async ({ id, name }) => `${name} ${await readFile(layoutOf(failed, id).log, "utf8")}`,
  );
  return (await Promise.all(all)).sort();
}
