/** Which events a person asks for. Pure. */
import { entryOf } from "../model/entry-of.ts";
import { TallymanError } from "../model/error.ts";
import { eventKinds, type RuntimeEvent } from "../runtime/events/event.ts";
import { isNamed } from "./select.ts";
import { serviceOf } from "./labels.ts";

export interface EventQuery {
  /** As for logs: stacks, `stack/service`, containers, ids. None: all, and events of images. */
  readonly names: readonly string[];
  /** `key=value`; one of those with the same key has to fit, for each key. */
  readonly filters: readonly string[];
}

type Test = (event: RuntimeEvent, value: string) => boolean;

const tests: Readonly<Record<string, Test>> = {
  event: ({ kind }, value) => kind === value,
  stack: (event, value) => placeOf(event)?.stack === value,
  service: (event, value) => placeOf(event)?.service === value,
  container: (event, value) =>
    "container" in event && (event.container.name === value || event.container.id.startsWith(value)),
  image: (event, value) =>
    "container" in event
      ? event.container.image.includes(value)
      : "image" in event && event.image.includes(value),
};

/** @throws TallymanError `UNKNOWN_FILTER` for a key or an event that there is not. */
export function eventFilter({ names, filters }: EventQuery): (event: RuntimeEvent) => boolean {
  const wanted = Map.groupBy(filters.map(parseFilter), ({ key }) => key);
  return (event) =>
    (names.length === 0 || names.some((name) => isAbout(event, name))) &&
    [...wanted.values()].every((same) => same.some(({ test, value }) => test(event, value)));
}

function isAbout(event: RuntimeEvent, name: string): boolean {
  if ("revision" in event) return event.subject === name;
  if (!("container" in event)) return "subject" in event && concerns(event.subject, name);
  const { stack, service } = serviceOf(event.container) ?? {};
  return isNamed({ ...event.container, stack, service }, name);
}

/** What is said of a stack is said of its services; what becomes of its revision is not. */
function concerns(subject: string, name: string): boolean {
  return subject === name || subject.startsWith(`${name}/`) || name.startsWith(`${subject}/`);
}

function placeOf(event: RuntimeEvent): { readonly stack: string; readonly service?: string } | undefined {
  if ("container" in event) return serviceOf(event.container);
  if (!("subject" in event)) return undefined;
  const [stack = "", service] = event.subject.split("/");
  return { stack, ...(service !== undefined && { service }) };
}

function parseFilter(text: string): { readonly key: string; readonly test: Test; readonly value: string } {
  const [key = "", ...rest] = text.split("=");
  const test = entryOf(tests, key);
  const value = rest.join("=");
  if (test === undefined || rest.length === 0) throw unknown(`${text} is no filter`, Object.keys(tests));
  if (key === "event" && !eventKinds.some((kind) => kind === value)) {
    throw unknown(`there is no event ${value}`, eventKinds);
  }
  return { key, test, value };
}

function unknown(message: string, known: readonly string[]): TallymanError {
  return new TallymanError("UNKNOWN_FILTER", message, { hint: `Known are ${known.join(", ")}.` });
}
