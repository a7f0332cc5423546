/** Which containers are to be started again, and when. */
import type { ContainerId } from "../model/ids.ts";
import { timeOfRun } from "../model/run-slot.ts";
import type { ContainerStatus, RuntimeReader } from "../runtime/types.ts";
import { membershipOf } from "./labels.ts";
import { nextRestart } from "./next-restart.ts";

export interface DueRestart {
  readonly id: ContainerId;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly streak: number;
}

interface Failures {
  readonly count: number;
  readonly retryAt: number;
}

const firstRetryMs = 1_000;
/** What cannot be started is then left to whoever plans next. */
const maxFailures = 5;

export class DueRestarts {
  readonly #runtime: Pick<RuntimeReader, "list">;
  readonly #failures = new Map<ContainerId, Failures>();

  constructor(runtime: Pick<RuntimeReader, "list">) {
    this.#runtime = runtime;
  }

  /** The next one first. */
  async find(): Promise<readonly DueRestart[]> {
    const now = Date.now();
    const statuses = await this.#runtime.list();
    const due = statuses.flatMap((status): readonly DueRestart[] => {
      const decision = nextRestart(status, now);
      const { count = 0, retryAt = 0 } = this.#failures.get(status.id) ?? {};
      if (decision?.kind !== "restart" || count >= maxFailures || isRun(status)) return [];
      if (isReplaced(status, statuses, now)) return [];
      return [
        { id: status.id, name: status.name, at: Math.max(decision.at, retryAt), streak: decision.streak },
      ];
    });
    return due.sort((a, b) => a.at - b.at);
  }

  /** There is no container at all. */
  async isEmpty(): Promise<boolean> {
    return (await this.#runtime.list()).length === 0;
  }

  /** It could not be started: it is tried again ever more rarely. */
  failed(id: ContainerId): void {
    const count = (this.#failures.get(id)?.count ?? 0) + 1;
    this.#failures.set(id, { count, retryAt: Date.now() + firstRetryMs * 2 ** (count - 1) });
  }

  succeeded(id: ContainerId): void {
    this.#failures.delete(id);
  }
}

/** Another attempt at it is for a plan to make: what was ended, and how long it may take, is in no container. */
function isRun(status: ContainerStatus): boolean {
  const { slot = 0 } = membershipOf(status) ?? {};
  return timeOfRun(slot) !== undefined;
}

/**
 * A rollout that nobody carries on has put another one into its slot: to run both could be one too many. Where both have
 * ended, the newer one is what the rollout was to lead to.
 */
function isReplaced(status: ContainerStatus, statuses: readonly ContainerStatus[], now: number): boolean {
  const slot = membershipOf(status);
  return statuses.some((other) => {
    const { stack, service, slot: number } = membershipOf(other) ?? {};
    const isSameSlot = stack === slot?.stack && service === slot?.service && number === slot?.slot;
    if (!isSameSlot || other.id === status.id) return false;
    const comesBack = nextRestart(other, now)?.kind === "restart" && other.createdAt > status.createdAt;
    return other.state === "running" || comesBack;
  });
}
