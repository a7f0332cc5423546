/** The container, where something is to be done with its process. */
import { TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import type { RuntimePaths } from "../types.ts";
import { requireRecord, type ContainerRecord, type ContainerRun } from "./record.ts";
import { observe } from "./status.ts";

/** Throws NO_SUCH_CONTAINER, NOT_RUNNING. */
export function requireRunning(
  paths: RuntimePaths,
  id: ContainerId,
): ContainerRecord & { readonly run: ContainerRun } {
  const record = requireRecord(paths, id);
  const { state } = observe(paths, record);
  if (state === "running" && record.run) return { ...record, run: record.run };
  throw new TallymanError("NOT_RUNNING", `container ${record.name} does not run: it is ${state}`);
}
