/** Things to remember, for the tests. */
import {
  revisionId,
  serviceName,
  sourceId,
  specHash,
  stackName,
  type SpecHash,
} from "../../src/model/ids.ts";
import type { InventoryEntry, Rollout } from "../../src/model/rollout.ts";

const source = sourceId("dir:/srv/stacks");

export function entry(stack: string, service: string): InventoryEntry {
  return { stack: stackName(stack), service: serviceName(service), source };
}

export function rollout(stack: string, changes: Partial<Rollout> = {}): Rollout {
  return {
    stack: stackName(stack),
    source,
    revision: revisionId("0123456789ab"),
    phase: "rolling",
    images: {},
    attempts: 0,
    startedAt: 1000,
    replaced: [],
    ...changes,
  };
}

export function hashOf(digit: string): SpecHash {
  return specHash(`h1:${digit.repeat(64)}`);
}
