/** A container as the journal names it. Pure. */
import type { EventContainer } from "../events/event.ts";
import type { ContainerRecord } from "./record.ts";

export function eventContainer({ id, name, spec, labels }: ContainerRecord): EventContainer {
  return { id, name, image: spec.image, labels };
}
