/** What a container uses of its host at one moment. */

export interface Usage {
  /** Milliseconds of a clock that only goes on. */
  readonly time: number;
  /** Processor time since the container's process was made. */
  readonly cpuMs: number;
  /** Without the file cache that the kernel would give up first. */
  readonly memoryBytes: number;
  /** Threads count. */
  readonly pids: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** Null where it has no network of its own. */
  readonly network: NetworkCounters | null;
  readonly limits: UsageLimits;
}

/** What the kernel holds it to now; null is no limit. */
export interface UsageLimits {
  /** 1.5 is one and a half processors. */
  readonly cpus: number | null;
  readonly memoryBytes: number | null;
  readonly pids: number | null;
}

/** Since its interfaces were made, seen from the container; without loopback. */
export interface NetworkCounters {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Between two moments, the earlier first: 1 is one processor. */
export function cpusUsed(before: Usage, after: Usage): number {
  const wallMs = after.time - before.time;
  // A restart between the two began anew.
  return wallMs > 0 ? Math.max(0, after.cpuMs - before.cpuMs) / wallMs : 0;
}
