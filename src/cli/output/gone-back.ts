/** That a stack went back to its last good revision, and why. Pure. */
import { entryOf } from "../../model/entry-of.ts";
import { printable } from "../../model/printable.ts";
import type { Rollout } from "../../model/rollout.ts";
import { hashService } from "../../model/spec-hash.ts";
import type { Service, Stack } from "../../model/stack.ts";
import { outcomeText } from "../../reconcile/plan/outcome-text.ts";
import { volumesText } from "../../reconcile/plan/volume-text.ts";
import { writtenBy } from "../../reconcile/plan/written-volumes.ts";
import { isBackIn } from "../../reconcile/step/going-back.ts";
import { hashesOf } from "../../reconcile/step/proven.ts";
import { commandName } from "../command-name.ts";
import type { Terminal } from "./terminal.ts";

export interface GoneBackContext {
  readonly paint: Terminal["paintErr"];
  /** Something is there for `logs --failed` to show. */
  readonly isLogKept: boolean;
  /** What it is about, where that is known: the revision that has failed. */
  readonly failed?: Stack | undefined;
}

export function goneBackText(rollout: Rollout, { paint, isLogKept, failed }: GoneBackContext): string {
  const { stack, failure } = rollout;
  const hint = failure?.hint === undefined ? "" : `  ${printable(failure.hint)}\n`;
  const said = `${paint("bad", "rolled back:")} stack ${stack}: ${printable(outcomeText(rollout) ?? "")}\n`;
  const logs = isLogKept ? `  What it wrote: ${commandName()} logs --failed ${stack}\n` : "";
  const volumes = failed === undefined ? [] : writtenBy(changedIn(failed, rollout));
  const stays =
    volumes.length === 0
      ? ""
      : `  Volumes do not roll back, and stay as they are: ${printable(volumesText(volumes))}\n`;
  return `${said}${hint}${logs}${stays}  The next revision is tried by itself; this one with reconcile --retry.\n`;
}

/** Services that went back, and are not as in the revision that they went back to. */
function changedIn(failed: Stack, rollout: Rollout): readonly Service[] {
  const { good, images } = rollout;
  if (good === undefined) return [];
  const known = hashesOf(good);
  const isBack = isBackIn({ stack: failed }, rollout);
  return failed.services.filter((service) => {
    if (!isBack(service.name)) return false;
    const image = entryOf(images, service.container.image);
    return image !== undefined && !known.has(hashService(service, image));
  });
}
