/** From what sources hold to what is desired, with everything that is wrong with it. */
import { hasErrors, type Diagnostic } from "../model/diagnostic.ts";
import type { SourceId } from "../model/ids.ts";
import { hashStack } from "../model/spec-hash.ts";
import type { Desired, DesiredStack } from "../reconcile/types.ts";
import type { Snapshot } from "../source/types.ts";
import { loadStack, type LoadedStack } from "../stack/load.ts";

export interface LoadOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Places in diagnostics are relative to it. */
  readonly workingDirectory: string;
}

export interface Loaded {
  readonly desired: Desired;
  readonly diagnostics: readonly Diagnostic[];
}

/** One bad stack does not stop the others; but then its source is not complete, and no stack of it is pruned. */
export async function loadDesired(
  source: SourceId,
  snapshot: Snapshot,
  options: LoadOptions,
): Promise<Loaded> {
  const loaded = await Promise.all(
    snapshot.stacks.map(async (files) => refuseBindsInto(snapshot.commit, await loadStack(files, options))),
  );
  const diagnostics = loaded.flatMap((each) => each.diagnostics);
  const stacks = loaded.flatMap(({ stack }): readonly DesiredStack[] => {
    if (stack === undefined) return [];
    const { commit } = snapshot;
    return [{ stack, source, revision: hashStack(stack), ...(commit !== undefined && { commit }) }];
  });
  stacks.sort((a, b) => (a.stack.name < b.stack.name ? -1 : 1));
  return { desired: { stacks, absent: [], complete: hasErrors(diagnostics) ? [] : [source] }, diagnostics };
}

/**
 * A commit's checkout goes when later ones have come, and takes with it what a container has written there. Until
 * there is a folder that stays, nothing of it is mounted.
 */
function refuseBindsInto(commit: string | undefined, loaded: LoadedStack): LoadedStack {
  const { stack } = loaded;
  if (commit === undefined || stack === undefined) return loaded;
  const refused = stack.services.flatMap(({ name, container }) =>
    container.mounts.flatMap((mount): readonly Diagnostic[] => {
      if (mount.kind !== "bind" || !`${mount.source}/`.includes(`/${commit}/`)) return [];
      const path = `services.${name}.volumes`;
      const place = stack.places[path] ?? stack.places[`services.${name}`];
      const message = `services.${name} mounts a folder of the repository at ${mount.target}, which is not supported yet`;
      const hint = "Mount a named volume, or a folder of the host by its absolute path.";
      return [
        { severity: "error", code: "bind-into-checkout", message, hint, path, ...(place && { place }) },
      ];
    }),
  );
  return refused.length === 0 ? loaded : { diagnostics: [...loaded.diagnostics, ...refused] };
}
