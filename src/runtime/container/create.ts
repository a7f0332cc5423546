/** Makes a container. What an interrupted attempt left has never run, so it holds nothing of worth and is made anew. */
import { mkdir } from "node:fs/promises";
import type { UnpackedImage } from "../image/types.ts";
import type { CreateRequest } from "../types.ts";
import type { ContainerId } from "../../model/ids.ts";
import { recordEvent } from "../events/journal.ts";
import { resolveHealthcheck } from "../health/resolve-healthcheck.ts";
import { volumesFor } from "./anonymous-volumes.ts";
import type { Engine } from "./engine.ts";
import { eventContainer } from "./event-container.ts";
import { layoutOf } from "./layout.ts";
import { isolate } from "./namespaces/isolate.ts";
import { chooseRuntime } from "./monitor/oci-runtime.ts";
import { readRecord, writeRecord, type ContainerRecord } from "./record.ts";
import { removeContainer } from "./remove.ts";
import { setUp } from "./set-up.ts";
import { signalNumber } from "./spec/signal.ts";
import { observe } from "./status.ts";

/** Where it fails, nothing of the container is left. */
export async function createContainer(engine: Engine, request: CreateRequest): Promise<void> {
  const { id } = request;
  const found = readRecord(engine.paths, id);
  if (found.kind === "record" && observe(engine.paths, found.record).state !== "incomplete") return;
  const decided = {
    isolation: isolate(engine, request),
    runtime: chooseRuntime(request.spec.runtime, engine.settings),
  };
  await removeContainer(engine, id);
  const volumesOf = volumesFor(engine.paths, request);
  const { image, record } = await engine.images.claim(request.image, async (opened) => {
    const claimed = newRecord(request, { image: opened, ...decided, volumesOf });
    await mkdir(layoutOf(engine.paths, id).home, { recursive: true, mode: 0o700 });
    await writeRecord(engine.paths, claimed);
    return { image: opened, record: claimed };
  });
  try {
    await writeRecord(engine.paths, await setUp(engine, record, image));
  } catch (error) {
    await removeContainer(engine, id);
    throw error;
  }
  recordEvent(engine.paths.dataDir, { kind: "create", container: eventContainer(record) });
}

function newRecord(
  request: CreateRequest,
  {
    image,
    isolation,
    runtime,
    volumesOf,
  }: Pick<ContainerRecord, "isolation" | "runtime"> & {
    readonly image: UnpackedImage;
    readonly volumesOf: ContainerId | undefined;
  },
): ContainerRecord {
  const healthcheck =
    request.oneOff === true || request.spec.probes !== undefined
      ? undefined
      : resolveHealthcheck(request.spec.healthcheck, image.config.healthcheck);
  return {
    version: 1,
    id: request.id,
    name: request.name,
    spec: request.spec,
    image: request.image,
    runtime,
    ...(request.joins && { joins: request.joins }),
    ...(volumesOf !== undefined && { volumesOf }),
    ...(request.naming && { naming: request.naming }),
    ...(request.ports && { ports: request.ports }),
    labels: request.labels,
    ...(request.oneOff && { oneOff: request.oneOff }),
    createdAt: Date.now(),
    stopSignal: signalNumber(request.spec.stopSignal ?? image.config.stopSignal ?? "SIGTERM"),
    ...(healthcheck && { healthcheck }),
    ...(image.config.volumes.length > 0 && { keepsData: true }),
    isolation,
    removing: false,
    stopped: false,
    addresses: [],
    restarts: 0,
    restartStreak: 0,
  };
}
