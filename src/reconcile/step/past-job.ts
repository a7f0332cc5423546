/** Jobs on the way back: what they have done for the last good revision is not done again. Pure. */
import type { ServiceView } from "./service-view.ts";

/** Whether what is not there of it has had its time, and is not made again. */
export function isPast({ service, isBack }: ServiceView): boolean {
  return isBack && service.job === true;
}
