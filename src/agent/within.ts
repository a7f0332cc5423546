/** Waits for work that is told to end, and not for ever. */

/** What came of it; undefined where it goes on for so long after the signal was aborted. Throws what the work throws. */
export async function within<T>(
  work: Promise<T>,
  { ms, after }: { readonly ms: number; readonly after: AbortSignal },
): Promise<{ readonly result: T } | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => void (timer = setTimeout(() => resolve(undefined), ms));
  if (after.aborted) begin();
  else after.addEventListener("abort", begin, { once: true });
  try {
    return await Promise.race([work.then((result) => ({ result })), promise]);
  } finally {
    clearTimeout(timer);
    after.removeEventListener("abort", begin);
  }
}
