/** Work that several want at once is done once. */

export interface FlightContext<Event> {
  /** Aborted when the last of those who wait for it has left. */
  readonly signal: AbortSignal;
  readonly report: (event: Event) => void;
}

export interface FlightOptions<Event> {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: (event: Event) => void;
}

export type SingleFlight<Event> = (
  key: string,
  work: (context: FlightContext<Event>) => Promise<void>,
  options: FlightOptions<Event>,
) => Promise<void>;

/**
 * Joins the work of the same key that is under way, or begins it. Who aborts leaves at once, except for the last one:
 * the work is then aborted, and its end is waited for.
 */
export function singleFlight<Event>(): SingleFlight<Event> {
  const flights = new Map<string, Flight<Event>>();
  return async (key, work, { signal, onEvent }) => {
    signal?.throwIfAborted();
    const current = flights.get(key);
    const flight = current && !current.abort.signal.aborted ? current : begin(flights, key, work);
    const left = Promise.withResolvers<never>();
    const leave = (): void => {
      if (!flight.listeners.delete(listener)) return;
      if (flight.listeners.size === 0) flight.abort.abort(signal?.reason);
      else left.reject(signal?.reason);
    };
    const listener = (event: Event): void => onEvent(event);
    flight.listeners.add(listener);
    signal?.addEventListener("abort", leave, { once: true });
    try {
      await Promise.race([flight.done, left.promise]);
    } finally {
      flight.listeners.delete(listener);
      signal?.removeEventListener("abort", leave);
    }
  };
}

interface Flight<Event> {
  readonly abort: AbortController;
  readonly listeners: Set<(event: Event) => void>;
  readonly done: Promise<void>;
}

function begin<Event>(
  flights: Map<string, Flight<Event>>,
  key: string,
  work: (context: FlightContext<Event>) => Promise<void>,
): Flight<Event> {
  const abort = new AbortController();
  const listeners: Flight<Event>["listeners"] = new Set();
  const report = (event: Event): void => listeners.forEach((listener) => listener(event));
  const done = work({ signal: abort.signal, report }).finally(() => {
    if (flights.get(key)?.abort === abort) flights.delete(key);
  });
  const flight: Flight<Event> = { abort, listeners, done };
  flights.set(key, flight);
  return flight;
}
