/** When what is wished may have changed: its source, or what was said by hand over it. */
import { watchSaid } from "../../agent/said.ts";
import type { Source } from "../../source/types.ts";
import type { Wish } from "./follow-source.ts";

export interface Watched {
  /** Absent where its files are read once. */
  readonly source?: Pick<Source, "watch"> | undefined;
  readonly dataDir: string;
}

/** The kernel may lose what it would tell of files: this bounds for how long. */
const lookAgainMs = 60_000;

/** Has it looked at soon after it may have, and at least once a minute. */
export async function watchWish(
  { source, dataDir }: Watched,
  { refresh, hear }: Pick<Wish, "refresh" | "hear">,
): Promise<AsyncDisposable> {
  await using starting = new AsyncDisposableStack();
  if (source) starting.use(source.watch(refresh));
  starting.use(await watchSaid(dataDir, hear));
  const timer = setInterval(source ? refresh : hear, lookAgainMs).unref();
  starting.defer(() => {
    clearInterval(timer);
  });
  return starting.move();
}
