/** When what is wished may have changed: its source, or what was said by hand over it. */
import { watchSaid } from "../../agent/said.ts";
import type { Source } from "../../source/types.ts";

export interface Watched {
  readonly source: Pick<Source, "watch">;
  readonly dataDir: string;
}

/** The kernel may lose what it would tell of files: this bounds for how long. */
const lookAgainMs = 60_000;

/** Calls back soon after it may have, and at least once a minute. */
export async function watchWish(
  { source, dataDir }: Watched,
  listener: () => void,
): Promise<AsyncDisposable> {
  await using starting = new AsyncDisposableStack();
  starting.use(source.watch(listener));
  starting.use(await watchSaid(dataDir, listener));
  const timer = setInterval(listener, lookAgainMs).unref();
  starting.defer(() => {
    clearInterval(timer);
  });
  return starting.move();
}
