/** At most so many at a time, the others in the order in which they came. */

export type Limiter = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function limiter(places: number): Limiter {
  let free = places;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
