/** What does not follow the configuration until it is made anew, for whoever has just changed that. Pure. */
import type { ContainerStatus } from "../../runtime/types.ts";
import type { Paint } from "./paint.ts";

/** Nothing where there are none. */
export function isolationNotice(containers: readonly Pick<ContainerStatus, "name">[], paint: Paint): string {
  if (containers.length === 0) return "";
  const names = containers.map(({ name }) => name).join(", ");
  return `${paint("changed", "note:")} still isolated as the configuration had it when they were made: ${names}
    What is made anew follows it as it is now: after a change of its service in the stack file, or after \`down\`.
`;
}
