/** The door into the runtime for who acts. */
import { rmdirSync } from "node:fs";
import { codeOf } from "../model/error.ts";
import type { ContainerId } from "../model/ids.ts";
import { lock } from "../sys/lock.ts";
import { findCgroups, type Cgroups } from "./container/cgroup/cgroups.ts";
import { adopt } from "./container/cgroup/companions.ts";
import { createContainer } from "./container/create.ts";
import { drainContainer } from "./container/drain.ts";
import type { Engine } from "./container/engine.ts";
import { foldersOf } from "./container/layout.ts";
import { idsIn, listContainers } from "./container/list.ts";
import { MonitorWatch } from "./container/monitor/monitor-watch.ts";
import { stateRoots } from "./container/monitor/oci-runtime.ts";
import { recordedPorts } from "./container/recorded-ports.ts";
import { removeContainer } from "./container/remove.ts";
import { rotateLogs } from "./container/rotate-logs.ts";
import { startContainer } from "./container/start.ts";
import { stopContainer } from "./container/stop.ts";
import { sweepContainers } from "./container/sweep.ts";
import { Turns } from "./turns.ts";
import { ChangeNotifier } from "./container/watch.ts";
import { witness } from "./container/monitor/witness.ts";
import { tellingImages } from "./events/telling-images.ts";
import { openImageStore } from "./image/store.ts";
import { giveUpBallast, keepBallast } from "./ballast.ts";
import { diskFull, isDiskFull } from "./disk-full.ts";
import { installExitScript, lockOf, runExitScript } from "./exit-script.ts";
import { assertFormat } from "./format.ts";
import { makeFolders } from "./folders.ts";
import { instanceOf } from "./instance.ts";
import { Prober } from "./health/prober.ts";
import { MendWatch } from "./mend-watch.ts";
import { openNames } from "./names/names.ts";
import type { Names } from "./names/types.ts";
import { openNetwork } from "./network/network.ts";
import type { Network } from "./network/types.ts";
import { openReader, storeOptions } from "./open-reader.ts";
import { openTables } from "./network/tables.ts";
import { openPorts } from "./ports/ports.ts";
import type { Ports } from "./ports/types.ts";
import { defaultSettings, type EngineSettings } from "./settings.ts";
import type { ImageStore } from "./image/types.ts";
import type { ExitHandler, Leftover, OpenOptions, Runtime, RuntimePaths } from "./types.ts";
import { createVolume } from "./volume/volumes.ts";

/**
 * Makes the directories, takes the lock of the data directory, and takes away what an interrupted run left. Throws
 * LOCKED where another one is at work, FORMAT_TOO_NEW where a later version has been. Disposing gives up the lock;
 * containers run on.
 */
export async function openRuntime(
  paths: RuntimePaths,
  settings: EngineSettings = defaultSettings,
  { briefly = false, onExit, onLeftover = () => undefined }: OpenOptions = {},
): Promise<Runtime> {
  makeFolders(paths);
  await using opening = new AsyncDisposableStack();
  if (onExit && !briefly) opening.defer(() => handOver(paths, onExit)); // once the lock is given up
  opening.use(await lock(lockOf(paths), { briefly }));
  await assertFormat(paths.dataDir);
  const exitCommand = onExit ? await installExitScript(paths, onExit) : [];
  opening.defer(() => removeEmptyFolders(paths));
  const changes = opening.use(new ChangeNotifier(foldersOf(paths).exits, (id) => witness(paths, id)));
  const store = await openImageStore(paths, storeOptions(paths, settings));
  const images = tellingImages(paths.dataDir, store);
  const tables = openTables(instanceOf(paths));
  const cgroups = findCgroups(instanceOf(paths));
  const started = { apart: cgroups.apart, adopt: (pid: number) => adopt(cgroups, pid) };
  const names = openNames({ paths, tables, ...started });
  const network = openNetwork(paths, instanceOf(paths), { settings: settings.network, tables });
  const ports = openPorts({ paths, ...started, recorded: () => recordedPorts(paths) });
  const runtime = runtimeOf(paths, {
    images,
    changes,
    settings,
    exitCommand,
    onLeftover,
    network,
    cgroups,
    names,
    ports,
  });
  await keepBallast(paths.dataDir);
  if (!briefly) await runtime.sweep();
  opening.use(await rotateLogs({ paths, settings }));
  for (const id of idsIn(foldersOf(paths).containers)) witness(paths, id);
  if (!briefly) {
    const prober = opening.use(new Prober({ paths, cgroups, settings }, () => changes.notify()));
    opening.use(new MendWatch([names, ports, network]));
    changes.onChange(() => prober.look());
    opening.use(
      new MonitorWatch({ paths, cgroups }, (id) => {
        witness(paths, id);
        changes.notify();
      }),
    );
  }
  const owned = opening.move();
  return { ...runtime, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The images alone, to be changed beside whoever holds the lock of the data directory. Throws FORMAT_TOO_NEW. */
export async function openImages(
  paths: RuntimePaths,
  settings: EngineSettings = defaultSettings,
): Promise<ImageStore> {
  makeFolders(paths, [paths.dataDir]);
  await assertFormat(paths.dataDir);
  return tellingImages(paths.dataDir, await openImageStore(paths, storeOptions(paths, settings)));
}

interface RuntimeParts {
  readonly images: ImageStore;
  readonly changes: ChangeNotifier;
  readonly settings: EngineSettings;
  readonly exitCommand: readonly string[];
  readonly network: Network;
  readonly cgroups: Cgroups;
  readonly names: Names;
  readonly ports: Ports;
  readonly onLeftover: (leftover: Leftover) => void;
}

function runtimeOf(
  paths: RuntimePaths,
  { images, changes, settings, exitCommand, onLeftover, network, cgroups, names, ports }: RuntimeParts,
): Omit<Runtime, keyof AsyncDisposable> {
  const volumeTurns = new Turns();
  const engine = {
    paths,
    settings,
    images,
    network,
    names,
    ports,
    cgroups,
    exitCommand,
    volumeTurns,
  } satisfies Engine;
  const turns = new Turns();
  /** Each may be repeated: where the disk is full, it is, with the room that was kept for this. */
  const operate = async (id: ContainerId, work: () => Promise<void>): Promise<void> => {
    try {
      await turns.take(id, work).catch(async (error: unknown) => {
        if (!isDiskFull(error)) throw error;
        await giveUpBallast(paths.dataDir);
        await turns.take(id, work);
      });
    } catch (error) {
      throw isDiskFull(error) ? diskFull(`container ${id}`, error) : error;
    } finally {
      changes.notify();
    }
  };
  return {
    ...openReader(paths, settings),
    images,
    create: async (request) => {
      if (!(await keepBallast(paths.dataDir))) throw diskFull(`container ${request.name}`);
      await operate(request.id, () => createContainer(engine, request));
    },
    start: (id, options) => operate(id, () => startContainer(engine, id, options)),
    stop: (id, options) =>
      operate(id, async () => {
        await names.withdraw(id);
        await stopContainer(engine, id, options);
      }),
    drain: async (id, options) => {
      await names.withdraw(id);
      await drainContainer(paths, id, options);
    },
    remove: (id, options) => operate(id, () => removeContainer(engine, id, options)),
    createVolume: (name) => createVolume(paths.dataDir, name),
    createNetwork: (request) => network.createNetwork(request),
    removeNetwork: (name) => network.removeNetwork(name),
    bringUp: (names) => network.bringUp(names),
    setRoutes: (routes) => network.setRoutes(routes),
    setReady: (ready) => names.setReady(ready),
    reserveNames: (stack, own) => names.reserve(stack, own),
    onChange: (listener) => changes.onChange(listener),
    sweep: () => turns.pause((underWay) => sweepContainers(engine, { underWay, onLeftover })),
  };
}

/** Exits that came while the lock was held found nobody else to look after them. */
async function handOver(paths: RuntimePaths, { awaits }: ExitHandler): Promise<void> {
  const cgroups = findCgroups(instanceOf(paths));
  if (listContainers(paths, cgroups).some(awaits)) await runExitScript(paths, cgroups);
}

const mayBeInUse: readonly unknown[] = ["ENOTEMPTY", "EBUSY"];

/** Below the run directory, where there is no container: monitors leave their notices of exits there. */
function removeEmptyFolders(paths: RuntimePaths): void {
  const { bundles, exits, ipc, owners, runc, runtimes, userNamespaces } = foldersOf(paths);
  const folders = [
    owners, // first: whoever begins a one-off container needs the others
    bundles,
    exits,
    ipc,
    ...stateRoots(paths),
    runc,
    runtimes,
    userNamespaces,
    paths.runDir,
  ];
  for (const folder of folders) {
    try {
      rmdirSync(folder);
    } catch (error) {
      if (mayBeInUse.includes(codeOf(error))) return;
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
}
