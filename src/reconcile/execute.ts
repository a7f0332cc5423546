/** Carries out one operation against a port. It decides nothing, and tells what came of it instead of throwing. */
import type { Digest } from "../model/ids.ts";
import { messageOf, TallymanError } from "../model/error.ts";
import type {
  CreateNetworkOperation,
  CreateOperation,
  CreateVolumeOperation,
  JoinOperation,
  LeaveOperation,
  Operation,
  PullOperation,
  RemoveNetworkOperation,
  RemoveOperation,
  StartOperation,
  StopOperation,
} from "./operation.ts";
import type { Outcome } from "./types.ts";

/** What the planner's operations are made of: one call each, safe to repeat. */
export interface Port {
  pull(operation: PullOperation, signal: AbortSignal): Promise<Digest>;
  createVolume(operation: CreateVolumeOperation): Promise<void>;
  createNetwork(operation: CreateNetworkOperation): Promise<void>;
  removeNetwork(operation: RemoveNetworkOperation): Promise<void>;
  create(operation: CreateOperation): Promise<void>;
  start(operation: StartOperation): Promise<void>;
  join(operation: JoinOperation): Promise<void>;
  leave(operation: LeaveOperation): Promise<void>;
  stop(operation: StopOperation): Promise<void>;
  remove(operation: RemoveOperation): Promise<void>;
}

export async function execute(operation: Operation, port: Port, signal: AbortSignal): Promise<Outcome> {
  try {
    if (operation.kind === "pull") {
      return { operation, result: { kind: "done", digest: await port.pull(operation, signal) } };
    }
    await call(operation, port);
    return { operation, result: { kind: "done" } };
  } catch (error) {
    const hint = error instanceof TallymanError ? error.hint : undefined;
    return {
      operation,
      result: { kind: "failed", message: messageOf(error), ...(hint !== undefined && { hint }) },
    };
  }
}

function call(operation: Exclude<Operation, PullOperation>, port: Port): Promise<void> {
  switch (operation.kind) {
    case "create-volume":
      return port.createVolume(operation);
    case "create-network":
      return port.createNetwork(operation);
    case "remove-network":
      return port.removeNetwork(operation);
    case "create":
      return port.create(operation);
    case "start":
      return port.start(operation);
    case "join":
      return port.join(operation);
    case "leave":
      return port.leave(operation);
    case "stop":
      return port.stop(operation);
    case "remove":
      return port.remove(operation);
  }
}
