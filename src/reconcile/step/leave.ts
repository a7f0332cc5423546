/** Leave to go on: whether there is, and what had to happen for it. Pure. */
export interface Leave {
  readonly granted: boolean;
  /** Keys of operations. */
  readonly after: readonly string[];
}

export const free: Leave = { granted: true, after: [] };

export const notYet: Leave = { granted: false, after: [] };

/** To go on where both say so. */
export function both(one: Leave, other: Leave): Leave {
  return { granted: one.granted && other.granted, after: [...one.after, ...other.after] };
}
