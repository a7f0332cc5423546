/** What a source asks for: its newest state where that is valid, else the last good one, with what is wrong told. */
import { hasErrors, type Diagnostic } from "../model/diagnostic.ts";
import { messageOf, TallymanError } from "../model/error.ts";
import type { Desired } from "../reconcile/types.ts";
import type { Snapshot, Source } from "../source/types.ts";
import { loadDesired, type LoadOptions } from "./load.ts";

export interface SourceReading {
  readonly desired: Desired;
  /** Of the newest state, also where an older one is used. */
  readonly diagnostics: readonly Diagnostic[];
  /** The commit that is used although there is, or may be, a newer one. */
  readonly fellBackTo?: string;
}

/** Throws where there is nothing to go by: the source is away, and no good state of it is known. */
export async function readSource(
  source: Source,
  options: LoadOptions & { readonly signal: AbortSignal },
): Promise<SourceReading> {
  const fetched = await fetchSnapshot(source, options.signal);
  if ("failure" in fetched) return fallBack(source, [fetched.failure], options);
  const loaded = await loadDesired(source.id, fetched.snapshot, options);
  if (!hasErrors(loaded.diagnostics)) {
    await source.markGood(fetched.snapshot);
    return loaded;
  }
  // A folder has no older state; its valid stacks go on as they are.
  return fetched.snapshot.commit === undefined ? loaded : fallBack(source, loaded.diagnostics, options);
}

type Fetched = { readonly snapshot: Snapshot } | { readonly failure: Diagnostic };

async function fetchSnapshot(source: Source, signal: AbortSignal): Promise<Fetched> {
  try {
    return { snapshot: await source.fetch({ signal }) };
  } catch (error) {
    if (!(error instanceof TallymanError) || (await source.last()) === undefined) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return { failure: { severity: "error", code: "source-away", message: messageOf(error), ...hint } };
  }
}

async function fallBack(
  source: Source,
  diagnostics: readonly Diagnostic[],
  options: LoadOptions,
): Promise<SourceReading> {
  const last = await source.last();
  if (last === undefined) return { desired: { stacks: [], absent: [], complete: [] }, diagnostics };
  const { desired } = await loadDesired(source.id, last, options);
  return { desired, diagnostics, ...(last.commit !== undefined && { fellBackTo: last.commit }) };
}
