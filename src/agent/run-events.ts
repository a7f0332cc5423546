/** What the journal is told of runs that did not go as their schedule says. Pure. */
import { timeText } from "../reconcile/plan/hold-text.ts";
import type { RunNews } from "../reconcile/types.ts";
import type { RunHappening } from "../runtime/events/event.ts";

export function runEvents(news: readonly RunNews[]): readonly RunHappening[] {
  return news.map(({ kind, stack, service, time, why }) => ({
    kind,
    subject: `${stack}/${service}`,
    run: timeText(time),
    detail: why,
  }));
}
