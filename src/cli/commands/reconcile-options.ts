/** What `reconcile` can be told, and the source that it is told of. */
import type { SavedPlan } from "../../agent/saved-plan.ts";
import { openDirectorySource } from "../../source/directory-source.ts";
import type { Source } from "../../source/types.ts";

export interface ReconcileOptions {
  readonly file: readonly string[];
  readonly git?: string;
  readonly ref?: string;
  readonly path?: string;
  readonly intervalMs: number;
  readonly dryRun: boolean;
  readonly detailedExitcode: boolean;
  readonly watch: boolean;
  readonly wait: boolean;
  /** Tries revisions again that were rolled back. */
  readonly retry: boolean;
  readonly waitTimeoutMs: number;
  readonly format: PlanFormat;
  /** With `dryRun`: a file for the plan, for `apply`. */
  readonly out?: string;
  /** Carries out this plan, or nothing. */
  readonly only?: SavedPlan;
}

export type PlanFormat = "table" | "json" | "markdown";

/** @param dataDir Where a Git repository is kept; of a directory, nothing is. */
export async function openSource(options: ReconcileOptions, dataDir: string): Promise<Source> {
  const { git, ref, path, intervalMs, file } = options;
  if (git === undefined) return openDirectorySource(file.length > 0 ? file : ["."]);
  const { openGitSource } = await import("../../source/git-source.ts");
  const where = { ...(ref !== undefined && { ref }), ...(path !== undefined && { path }) };
  return openGitSource({ url: git, dataDir, intervalMs, ...where });
}
