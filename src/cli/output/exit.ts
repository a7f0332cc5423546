/** How a container's process ended, in words. Pure. */

export interface Exit {
  /** Null where it is not known. */
  readonly code: number | null;
  /** The kernel killed a process of the container for want of memory. */
  readonly oomKilled: boolean;
}

/** 128 + SIGKILL, with which the kernel ends whoever is to make room. */
const killed = 137;

/** `1`; `137, out of memory`; `unknown`. */
export function exitText({ code, oomKilled }: Exit): string {
  const text = `${code ?? "unknown"}`;
  if (!oomKilled) return text;
  // The kernel counts victims and does not name them: a first process that ended otherwise was not one.
  return code === killed || code === null ? `${text}, out of memory` : `${text}, a child was out of memory`;
}
