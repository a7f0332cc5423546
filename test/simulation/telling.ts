/** What happens in a life, as the one who replays it reads it. */
import type { ObservedContainer } from "../../src/reconcile/types.ts";
import type { Happening } from "./story.ts";
import type { WorldChange } from "./world.ts";

export function textOf(what: Happening): string {
  switch (what.kind) {
    case "files":
      return `the files say ${JSON.stringify(what.files)}`;
    case "left":
      return "the stack leaves its source";
    case "said":
      return `somebody says ${what.word} (${what.nth}, ${what.number})`;
    case "befalls":
      return `a container ${what.what}`;
    case "tags-move":
      return "all tags stand for something else";
    case "collect":
      return "images that nobody keeps go";
    case "agent-dies":
      return "the agent is killed";
  }
}

/** What became of containers by themselves. */
export function changesIn({ before, after }: WorldChange): readonly string[] {
  return after.containers.flatMap((each, index) => {
    const old = before.containers[index];
    const isSame = old?.id !== each.id || JSON.stringify(old) === JSON.stringify(each);
    return isSame ? [] : [stateOf(each)];
  });
}

function stateOf(container: ObservedContainer): string {
  const { service, slot, id, state, exitCode, health, accepts, monitored } = container;
  return [
    `${service} ${slot} ${id} is ${state}`,
    ...(state === "exited" ? [`with ${exitCode}`] : []),
    ...(health === undefined ? [] : [health]),
    ...(accepts === false ? ["and does not accept connections"] : []),
    ...(monitored ? [] : ["without a monitor"]),
  ].join(" ");
}
