/** Which ports of the host containers have, as their records say. */
import type { ContainerId } from "../../model/ids.ts";
import type { HeldPort } from "../../model/route.ts";
import type { RuntimePaths } from "../types.ts";
import { foldersOf } from "./layout.ts";
import { idsIn } from "./list.ts";
import { readRecord } from "./record.ts";

export function recordedPorts(paths: RuntimePaths): ReadonlyMap<ContainerId, readonly HeldPort[]> {
  return new Map(
    idsIn(foldersOf(paths).containers).flatMap(
      (id): readonly (readonly [ContainerId, readonly HeldPort[]])[] => {
        const found = readRecord(paths, id);
        if (found.kind !== "record" || found.record.removing || !found.record.ports) return [];
        return [[id, found.record.ports]];
      },
    ),
  );
}
