/** The endpoints of a registry in turn, and again after a while where trying again may help. */
import { setTimeout as delay } from "node:timers/promises";
import { TallymanError } from "../../../model/error.ts";
import type { Patience } from "../../settings.ts";
import type { Capability } from "./endpoint.ts";
import { RegistryError } from "./failure.ts";
import { retryDelay } from "./retry.ts";

export interface Place {
  readonly host: string;
  readonly capabilities: readonly Capability[];
}

export interface Attempts<P extends Place> {
  /**
   * The first success of the places that have the capability, mirrors before the registry itself, which are asked in
   * rounds with growing pauses. Throws what the registry itself fails with, and names the mirrors that failed before.
   */
  each<Result>(
    capability: Capability,
    work: (place: P) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result>;
  /** That `place` broke off in the middle: others are asked before it from now on. */
  blame(place: P): void;
}

/** @param places The registry itself last. */
export function openAttempts<P extends Place>(places: readonly P[], patience: Patience): Attempts<P> {
  const itself = places.at(-1);
  const blamed = new Set<P>(); // the last one to fail is the last one
  const known = new Set<P>();
  const blame = (place: P): void => {
    blamed.delete(place);
    blamed.add(place);
  };
  const inOrder = (capability: Capability): readonly P[] => {
    const order = [...places.filter((place) => !blamed.has(place)), ...blamed];
    return order.filter(({ capabilities }) => capabilities.includes(capability));
  };

  return {
    blame,
    each: async (capability, work, signal) => {
      let waitedMs = 0;
      for (let failures = 1; ; failures++) {
        const failed = new Map<P, TallymanError>();
        for (const place of inOrder(capability)) {
          try {
            const result = await work(place);
            known.add(place);
            return result;
          } catch (error) {
            signal?.throwIfAborted();
            if (!(error instanceof TallymanError)) throw error;
            if (error.code === "REGISTRY_UNREACHABLE") blame(place);
            else known.add(place);
            failed.set(place, error);
          }
        }
        const delays = [...failed].flatMap(([place, error]) => {
          if (!(error instanceof RegistryError)) return [];
          const attempt = { failures, waitedMs, known: known.has(place), random: Math.random() };
          return retryDelay(error, attempt, patience) ?? [];
        });
        if (delays.length === 0 || isFinal(itself && failed.get(itself))) throw together(places, failed);
        const delayMs = Math.min(...delays);
        await delay(delayMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
        waitedMs += delayMs;
      }
    },
  };
}

/** The registry itself has answered, and would not answer otherwise: what its mirrors say later does not matter. */
function isFinal(own: TallymanError | undefined): boolean {
  const isRetried = own instanceof RegistryError && own.retry !== "never";
  return own !== undefined && own.code !== "REGISTRY_UNREACHABLE" && !isRetried;
}

/** The registry's own failure, and with it why its mirrors did not help. */
function together(places: readonly Place[], failed: ReadonlyMap<Place, TallymanError>): TallymanError {
  const errors = places.flatMap((place) => failed.get(place) ?? []);
  const own = errors.at(-1);
  if (!own) {
    return new RegistryError("REGISTRY_FAILED", `no host is configured that may be asked for it`, {
      hint: "Give one of them the capability in hosts.toml.",
    });
  }
  if (errors.length === 1) return own;
  const others = errors.slice(0, -1).map((error) => error.message);
  const message = `${own.message}; before that, ${others.join("; ")}`;
  return new TallymanError(own.code, message, { hint: own.hint, cause: own });
}
