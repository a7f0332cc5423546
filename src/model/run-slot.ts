/**
 * A run of a scheduled service has the time that it was scheduled for in place of a slot: `20260131030000`, in UTC. So
 * its container is the same one whoever decides on it, however often: a run cannot start twice.
 */
const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;

/** @param time Milliseconds since the epoch. */
export function slotOfRun(time: number): number {
  return Number(new Date(time).toISOString().replace(/\D/g, "").slice(0, 14));
}

/** Milliseconds since the epoch; undefined for the slot of a replica. */
export function timeOfRun(slot: number): number | undefined {
  const [, year, month, day, hour, minute, second] = digits.exec(`${slot}`)?.map(Number) ?? [];
  if (year === undefined || month === undefined) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
