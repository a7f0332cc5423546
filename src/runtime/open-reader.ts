/** The door into the runtime for who only looks. */
import { existsSync } from "node:fs";
import type { ContainerId } from "../model/ids.ts";
import { findCgroups } from "./container/cgroup/cgroups.ts";
import { imageUsers } from "./container/image-users.ts";
import { inspectContainer } from "./container/inspect.ts";
import { foldersOf, layoutOf } from "./container/layout.ts";
import { damagedContainers, listContainers } from "./container/list.ts";
import { readRecord, requireRecord } from "./container/record.ts";
import { observe } from "./container/status.ts";
import { ChangeNotifier } from "./container/watch.ts";
import { readEvents } from "./events/read-events.ts";
import { openImageReader, type ImageStoreOptions } from "./image/reader.ts";
import { instanceOf } from "./instance.ts";
import { readLog } from "./log/read-log.ts";
import { addressRoom } from "./network/address-room.ts";
import { hostAddresses } from "./network/host-addresses.ts";
import { networkRecords } from "./network/network-record.ts";
import { portsInUse } from "./network/listening-socket.ts";
import { openNetworkReader } from "./network/network-reader.ts";
import { holderOf } from "./ports/find-holders.ts";
import { defaultSettings, type EngineSettings } from "./settings.ts";
import type { LogLine, LogOptions, RuntimePaths, RuntimeReader } from "./types.ts";
import { listProcesses } from "./usage/list-processes.ts";
import { readUsage } from "./usage/read-usage.ts";
import { listVolumes } from "./volume/volumes.ts";

/** Takes no lock, writes nothing, and finds nothing where the directories do not exist. */
export function openReader(paths: RuntimePaths, settings: EngineSettings = defaultSettings): RuntimeReader {
  const instance = instanceOf(paths);
  const network = openNetworkReader(paths, instance);
  const cgroups = findCgroups(instance);
  return {
    images: openImageReader(paths, storeOptions(paths, settings)),
    list: async () => Promise.resolve(listContainers(paths, cgroups)),
    damaged: async () => Promise.resolve(damagedContainers(paths)),
    volumes: () => listVolumes(paths.dataDir),
    networks: async () => Promise.resolve(networkRecords(paths)),
    routes: () => network.routes(),
    listeners: async (ports) => {
      const found = await portsInUse(ports);
      return found.filter(({ process }) => !process || holderOf(paths, process.pid).length === 0);
    },
    hostAddresses,
    addressing: () => addressRoom(paths, settings.network),
    onChange: (listener) => watchExits(paths, listener),
    logs: (id, options) => containerLogs(paths, id, options),
    events: (options) => readEvents(paths.dataDir, options),
    usage: async (id) => {
      const found = readRecord(paths, id);
      return Promise.resolve(found.kind === "record" ? readUsage(cgroups, found.record) : undefined);
    },
    processes: async (id) => Promise.resolve(listProcesses(cgroups, id)),
    inspect: async (id) => Promise.resolve(inspectContainer(paths, id)),
  };
}

/** Sees exits only; that the folder may not be there yet is no error, but then nothing is seen. */
function watchExits(paths: RuntimePaths, listener: () => void): Disposable {
  const { exits } = foldersOf(paths);
  if (!existsSync(exits)) return { [Symbol.dispose]: () => undefined };
  const changes = new ChangeNotifier(exits, () => undefined);
  changes.onChange(listener);
  return changes;
}

async function* containerLogs(
  paths: RuntimePaths,
  id: ContainerId,
  options: LogOptions,
): AsyncGenerator<LogLine> {
  const { previous = false, outlasts, ...rest } = options;
  const record = requireRecord(paths, id);
  const { run, lastExit } = record;
  if (previous && !lastExit) return;
  yield* readLog(layoutOf(paths, id).logFolder, {
    ...rest,
    ...(previous && lastExit && { since: lastExit.startedAt, until: run?.startedAt ?? Infinity }),
    ended: () => hasEnded(paths, id, outlasts),
  });
}

function hasEnded(paths: RuntimePaths, id: ContainerId, outlasts: LogOptions["outlasts"]): boolean {
  const found = readRecord(paths, id);
  if (found.kind !== "record") return true;
  const status = observe(paths, found.record);
  switch (status.state) {
    case "created":
    case "running":
      return false;
    case "exited":
      return outlasts?.({ ...status, paused: false }) !== true;
    case "incomplete":
      return true;
  }
}

/** Of the images: containers keep theirs. */
export function storeOptions(paths: RuntimePaths, { registries }: EngineSettings): ImageStoreOptions {
  return { registries, containers: () => imageUsers(paths) };
}
