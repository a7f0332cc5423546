/**
 * `reconcile --dry-run`: the plan, and nothing else. It takes no lock and writes nothing; a repository is fetched into a
 * temporary folder.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePlan } from "../../agent/make-plan.ts";
import { readSource } from "../../agent/read-source.ts";
import { retryFailed } from "../../agent/retry-failed.ts";
import { laidOver } from "../../agent/said.ts";
import { savedPlan } from "../../agent/saved-plan.ts";
import { hasErrors } from "../../model/diagnostic.ts";
import { isRoutine } from "../../reconcile/plan/is-routine.ts";
import type { Plan } from "../../reconcile/plan/plan.ts";
import { renderJson } from "../../reconcile/plan/render-json.ts";
import { renderMarkdown } from "../../reconcile/plan/render-markdown.ts";
import { renderText } from "../../reconcile/plan/render-text.ts";
import { openReader } from "../../runtime/open-reader.ts";
import { openStateReader } from "../../state/state-reader.ts";
import { commandName } from "../command-name.ts";
import { directories } from "../directories.ts";
import { environment } from "../environment.ts";
import { detailedExitCode, exitCode, type ExitCode } from "../exit-code.ts";
import { imageName } from "../output/image-name.ts";
import { diagnosticsText, errorText } from "../output/diagnostics.ts";
import type { Terminal } from "../output/terminal.ts";
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
  const configured = await settings(); // no plan for what the configuration would refuse
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
  const runtime = openReader(paths, configured);
  const again = { retry: options.retry, now: Date.now() };
  const said = await laidOver(reading.desired, { dataDir: paths.dataDir, state, ...again });
  const { plan, diagnostics } = await makePlan(said.desired, {
    runtime,
    memory: { ...memory, rollouts: retryFailed(memory.rollouts, again) },
    askRegistries: true,
    signal,
  });

  const all = [...reading.diagnostics, ...said.diagnostics, ...diagnostics];
  terminal.err(diagnosticsText(all, terminal.paintErr));
  const { specs } = memory;
  const invalid = hasErrors(all);
  if (options.format === "json") terminal.out(`${renderJson(plan, { specs })}\n`);
  else if (!invalid || plan.operations.length > 0) {
    const text =
      options.format === "markdown"
        ? renderMarkdown(plan, { specs, imageName })
        : `${renderText(plan, { specs, paint: terminal.paintOut, imageName })}\n`;
    terminal.out(text);
  }
  const failed = invalid || plan.problems.some(({ isAtRest }) => isAtRest !== true);
  if (options.out !== undefined) {
    if (failed) terminal.err(`${options.out} is not written: the plan has errors.\n`);
    else await savePlan(plan, { ...options, out: options.out }, terminal);
  }

  if (options.detailedExitcode) {
    if (failed) return detailedExitCode.error;
    const isChange = plan.operations.some(({ operation }) => !isRoutine(operation));
    return isChange ? detailedExitCode.changes : detailedExitCode.nothingToDo;
  }
  return invalid ? exitCode.invalidInput : failed ? exitCode.failed : exitCode.done;
}

async function savePlan(
  plan: Plan,
  { out, ...source }: ReconcileOptions & { readonly out: string },
  terminal: Terminal,
): Promise<void> {
  await writeFile(out, `${JSON.stringify(savedPlan(plan, source, process.cwd()), null, 2)}\n`, {
    mode: 0o600,
  });
  terminal.err(`Saved as ${out}. To have just this carried out: ${commandName()} apply ${out}\n`);
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "tallyman-dry-run-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
