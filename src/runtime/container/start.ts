/** Starts a container that waits for it, or one that has run before. */
import { TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { recordEvent } from "../events/journal.ts";
import type { ContainerState, StartOptions } from "../types.ts";
import type { Engine } from "./engine.ts";
import { eventContainer } from "./event-container.ts";
import { hasFixedAddress } from "../network/interfaces.ts";
import { readRecord, requireRecord, writeRecord, type ContainerRecord } from "./record.ts";
import { ociStart } from "./monitor/oci-runtime.ts";
import { runPostStart } from "../hooks/post-start.ts";
import { setUp } from "./set-up.ts";
import { exitOf, factsOf, observe } from "./status.ts";
import { tearDown } from "./tear-down.ts";
import { witness } from "./monitor/witness.ts";

/** No error where it runs. Where it fails, the container is as it was before; where a hook of it fails, it has ended. */
export async function startContainer(
  engine: Engine,
  id: ContainerId,
  options: StartOptions = {},
): Promise<void> {
  const record = requireRecord(engine.paths, id);
  const { state } = observe(engine.paths, record);
  switch (state) {
    case "running":
      return runPostStart(engine, id);
    case "created":
      await startWaiting(engine, { ...record, restartStreak: options.restartStreak ?? 0 });
      return runPostStart(engine, id);
    case "exited":
      await startAgain(engine, record, options);
      return runPostStart(engine, id);
    case "incomplete":
      throw new TallymanError("CONTAINER_INCOMPLETE", `container ${record.name} was not made to its end`, {
        hint: "Create it again, or remove it.",
      });
  }
}

/** What its last run left in the record is settled first: conmon's files make room for the next one's. */
async function startAgain(engine: Engine, record: ContainerRecord, options: StartOptions): Promise<void> {
  const image = await engine.images.open(record.image);
  witness(engine.paths, record.id);
  const ended = withoutRun(engine, record);
  await writeRecord(engine.paths, ended);
  await tearDown(engine, record.id);
  try {
    const waiting = await setUp(engine, ended, image);
    await startWaiting(engine, {
      ...waiting,
      restarts: record.restarts + 1,
      restartStreak: options.restartStreak ?? 0,
    });
  } catch (error) {
    await tearDown(engine, record.id);
    throw error;
  }
}

async function startWaiting(engine: Engine, record: ContainerRecord): Promise<void> {
  if (!record.run) throw new TallymanError("CONTAINER_INCOMPLETE", `container ${record.name} has no process`);
  await takeAddressesAndPorts(engine, record);
  const hasHooks = record.spec.postStart !== undefined;
  const run = { ...record.run, startedAt: Date.now(), ...(hasHooks && { hooksPending: true as const }) };
  await writeRecord(engine.paths, { ...record, run, stopped: false, resumes: false });
  tellStart(engine, record); // before it is done: a process may end at once, and that is told by others
  try {
    await ociStart(engine, record);
  } catch (error) {
    await writeRecord(engine.paths, withoutRun(engine, { ...record, run: { process: record.run.process } }));
    await tearDown(engine, record.id);
    throw error;
  }
}

/** Those of the container that it replaces, which has ended: fixed addresses, and ports that plugins lead on. */
async function takeAddressesAndPorts(
  engine: Engine,
  { id, spec, ports = [] }: ContainerRecord,
): Promise<void> {
  const { networks = [] } = spec;
  const led = ports.filter(({ byPlugins }) => byPlugins);
  if (led.length === 0 && !networks.some(hasFixedAddress)) return;
  const isIn = (other: ContainerId, states: readonly ContainerState[]): boolean => {
    const found = readRecord(engine.paths, other);
    if (found.kind !== "record") return found.kind === "absent";
    return states.includes(observe(engine.paths, found.record).state);
  };
  await engine.network.complete(id, {
    networks,
    ports: led,
    isDone: (other) => isIn(other, ["created", "exited", "incomplete"]),
    hasEnded: (other) => isIn(other, ["exited"]),
  });
}

function tellStart({ paths }: Engine, record: ContainerRecord): void {
  const container = eventContainer(record);
  const { restarts } = record;
  recordEvent(
    paths.dataDir,
    restarts === 0 ? { kind: "start", container } : { kind: "restart", container, restarts },
  );
}

/** The record with its run gone into `lastExit`, if it ever started. */
function withoutRun(engine: Engine, record: ContainerRecord): ContainerRecord {
  const { run, ...rest } = record;
  const lastExit = exitOf(record, run && factsOf(engine.paths, record, run));
  return lastExit ? { ...rest, lastExit } : rest;
}
