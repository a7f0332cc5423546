/**
 * `reconcile --dry-run`: the plan, and nothing else. It takes no lock and writes nothing; a repository is fetched into a
 * temporary folder.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePlan } from "../../agent/make-plan.ts";
import { readSource } from "../../agent/read-source.ts";
import { hasErrors } from "../../model/diagnostic.ts";
import { renderJson } from "../../reconcile/plan/render-json.ts";
import { renderText } from "../../reconcile/plan/render-text.ts";
import { openReader } from "../../runtime/open-reader.ts";
import { openStateReader } from "../../state/state-reader.ts";
import { directories } from "../directories.ts";
import { environment } from "../environment.ts";
import { detailedExitCode, exitCode, type ExitCode } from "../exit-code.ts";
import { imageName } from "../output/image-name.ts";
import { diagnosticsText, errorText } from "../output/diagnostics.ts";
import type { CommandContext } from "./context.ts";
import { openSource, type ReconcileOptions } from "./reconcile-options.ts";

export async function dryRun(options: ReconcileOptions, context: CommandContext): Promise<ExitCode> {
  if (!options.detailedExitcode) return showPlan(options, context);
  try {
    return await showPlan(options, context);
  } catch (error) {
    context.terminal.err(errorText(error, context.terminal.paintErr)); // 2 would mean that there are changes
    return detailedExitCode.error;
  }
}

async function showPlan(
  options: ReconcileOptions,
  { terminal, signal, settings }: CommandContext,
): Promise<ExitCode> {
  await settings(); // no plan for what the configuration would refuse
  const paths = directories(process.env);
  await using scratch = options.git === undefined ? undefined : await temporaryFolder();
  await using source = await openSource(options, scratch?.path ?? paths.dataDir);
  const reading = await readSource(source, {
    environment: environment(),
    workingDirectory: process.cwd(),
    signal,
  });
  using state = openStateReader(paths.dataDir);
  const memory = state.read();
  const runtime = openReader(paths);
  const { plan, diagnostics } = await makePlan(reading.desired, {
    runtime,
    memory,
    askRegistries: true,
    signal,
  });

  const all = [...reading.diagnostics, ...diagnostics];
  terminal.err(diagnosticsText(all, terminal.paintErr));
  const { specs } = memory;
  const invalid = hasErrors(all);
  if (options.format === "json") terminal.out(`${renderJson(plan, { specs })}\n`);
  else if (!invalid || plan.operations.length > 0) {
    terminal.out(`${renderText(plan, { specs, paint: terminal.paintOut, imageName })}\n`);
  }

  const failed = invalid || plan.problems.length > 0;
  if (options.detailedExitcode) {
    if (failed) return detailedExitCode.error;
    return plan.operations.length > 0 ? detailedExitCode.changes : detailedExitCode.nothingToDo;
  }
  return invalid ? exitCode.invalidInput : failed ? exitCode.failed : exitCode.done;
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "tallyman-dry-run-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
