/**
 * A container that lives no longer than the process that asks for it, made without the lock, beside whoever holds it.
 * Its owner is a lock of its own, held by this process: from before there is anything of the container, it says to
 * whoever sweeps that it is wanted, and that it is not as soon as this process is gone.
 */
import { randomBytes } from "node:crypto";
import { closeSync } from "node:fs";
import { rm } from "node:fs/promises";
import { containerId, type ContainerId } from "../../model/ids.ts";
import { openTether } from "../../sys/tether.ts";
import { attach, type Attachment } from "../attach/attach.ts";
import { awaitExit } from "../container/monitor/await-exit.ts";
import { findCgroups } from "../container/cgroup/cgroups.ts";
import { createContainer } from "../container/create.ts";
import type { Engine } from "../container/engine.ts";
import { layoutOf } from "../container/layout.ts";
import { requireRecord } from "../container/record.ts";
import { removeContainer } from "../container/remove.ts";
import { startContainer } from "../container/start.ts";
import { Turns } from "../turns.ts";
import { bringBridge, takeBridgeAway } from "./bridge.ts";
import { makeFolders } from "../folders.ts";
import { instanceOf } from "../instance.ts";
import type { NetworkRequest } from "../network/types.ts";
import { joinNames } from "../names/names.ts";
import { noPorts } from "../ports/types.ts";
import { joinNetwork } from "../network/network.ts";
import { openTables } from "../network/tables.ts";
import { openImages } from "../open.ts";
import type { EngineSettings } from "../settings.ts";
import type { CreateRequest, RuntimePaths } from "../types.ts";

export interface OneOff extends AsyncDisposable {
  readonly id: ContainerId;
  /** To its input and output, from their beginning on. */
  readonly attachment: Attachment;
  /** Starts it. Resolves to its exit code when it has ended; null where nobody saw it. */
  run(): Promise<number | null>;
}

export interface OneOffRequest extends Omit<CreateRequest, "id" | "oneOff"> {
  /** Networks of the container that are made where they are not there. */
  readonly networks?: readonly NetworkRequest[];
}

/** Created, not yet started. Disposing kills and removes it. */
export async function makeOneOff(
  paths: RuntimePaths,
  settings: EngineSettings,
  request: OneOffRequest,
): Promise<OneOff> {
  const engine = await engineFor(paths, settings);
  const id = containerId(randomBytes(6).toString("hex"));
  await using made = new AsyncDisposableStack();
  let broughtBridge = false;
  made.defer(() => (broughtBridge ? takeBridgeAway(paths, settings) : undefined));
  own(paths, { id, made });
  made.defer(() => removeContainer(engine, id));
  const { networks: makes = [], ...rest } = request;
  const { network, networks } = request.spec;
  if (network === "bridge")
    broughtBridge = await bringBridge(paths, settings, { ...(networks && { networks }), makes });
  await createContainer(engine, { ...rest, id, oneOff: true });
  const attachment = made.use(attach(paths, id));
  const owned = made.move();
  return {
    id,
    attachment,
    run: async () => {
      await startContainer(engine, id);
      const { run } = requireRecord(paths, id);
      return run ? await awaitExit(paths, { id, process: run.process }) : null;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function own(
  paths: RuntimePaths,
  { id, made }: { readonly id: ContainerId; readonly made: AsyncDisposableStack },
): void {
  const { owner } = layoutOf(paths, id);
  makeFolders(paths);
  const fd = openTether(owner);
  made.defer(async () => {
    await rm(owner, { force: true });
    closeSync(fd);
  });
}

async function engineFor(paths: RuntimePaths, settings: EngineSettings): Promise<Engine> {
  const instance = instanceOf(paths);
  return {
    paths,
    settings,
    images: await openImages(paths, settings),
    network: joinNetwork(paths, instance),
    names: joinNames({ paths, tables: openTables(instance), apart: [] }),
    ports: noPorts,
    cgroups: findCgroups(instance),
    exitCommand: [], // nobody restarts it
    volumeTurns: new Turns(),
  };
}
