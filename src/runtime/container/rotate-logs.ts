/** Keeps the logs of all containers within their limits for as long as somebody holds the lock. */
import { join } from "node:path";
import type { ContainerId } from "../../model/ids.ts";
import { rotateLog } from "../log/rotate-log.ts";
import type { LogSettings } from "../settings.ts";
import type { Engine } from "./engine.ts";
import { foldersOf, layoutOf } from "./layout.ts";
import { idsIn } from "./list.ts";
import { readRecord } from "./record.ts";

const lookEveryMs = 1_000;

/** Looks at once, and then every second: one stat(2) a container. */
export async function rotateLogs(engine: Pick<Engine, "paths" | "settings">): Promise<AsyncDisposable> {
  const limits = new Map<ContainerId, LogSettings>();
  const underWay = new Map<ContainerId, Promise<void>>();

  const rotate = async (id: ContainerId): Promise<void> => {
    const known = limits.get(id) ?? limitsOf(engine, id);
    if (!known) return;
    limits.set(id, known);
    const { log, bundle } = layoutOf(engine.paths, id);
    await rotateLog({ log, control: join(bundle, "ctl") }, known);
  };
  const look = async (): Promise<void> => {
    for (const id of idsIn(foldersOf(engine.paths).containers)) {
      if (underWay.has(id)) continue;
      const turn = rotate(id)
        .catch(() => undefined) // the disk may be full, the container just removed: the next look tries again
        .finally(() => underWay.delete(id));
      underWay.set(id, turn);
    }
    await Promise.all(underWay.values());
  };

  await look();
  const timer = setInterval(() => void look(), lookEveryMs).unref();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await Promise.all(underWay.values());
    },
  };
}

/** Fixed when the container is made; undefined where it has no record that can be read. */
function limitsOf(
  { paths, settings }: Pick<Engine, "paths" | "settings">,
  id: ContainerId,
): LogSettings | undefined {
  const found = readRecord(paths, id);
  return found.kind === "record" ? { ...settings.logs, ...found.record.spec.log } : undefined;
}
