/** Which entry of its file's `ports` each port of a service is of: those of a range that replicas have one each are of one. Pure. */
import type { PublishedPort, Service } from "./stack.ts";

/** An index for each, in their order. */
export function portEntries({ ports }: Pick<Service, "ports">): readonly number[] {
  let entry = -1;
  return ports.map((port, index) => {
    if (!isOfEntry(port, ports[index - 1])) entry++;
    return entry;
  });
}

function isOfEntry(port: PublishedPort, before: PublishedPort | undefined): boolean {
  if (port.slot === undefined || before?.slot === undefined) return false;
  return entryText(port) === entryText(before);
}

function entryText({ hostAddress, protocol, containerPort, choice }: PublishedPort): string {
  return [hostAddress, protocol, containerPort, choice?.first, choice?.last].join(" ");
}
