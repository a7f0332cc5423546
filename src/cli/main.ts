/** The program: argv in, exit code out. */
import { messageOf } from "../model/error.ts";
import { exitCode, exitCodeOf } from "./exit-code.ts";
import { errorText } from "./output/diagnostics.ts";
import { openTerminal } from "./output/terminal.ts";
import { buildProgram, UsageError } from "./program.ts";
import { readSettings } from "./settings.ts";

const terminal = openTerminal();
const interrupt = new AbortController();
let askedAt = Infinity;
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    // Asked again: what is under way is safe to break off. npm passes a Ctrl-C on, so the same one may come twice.
    if (performance.now() - askedAt > 500) process.exit(exitCode.interrupted);
    askedAt = Math.min(askedAt, performance.now());
    interrupt.abort();
  });
}
// A reader that went away (`tallyman ps | head`) is not an error of ours.
process.stdout.on("error", () => process.exit(exitCode.done));

try {
  const program = buildProgram({
    terminal,
    signal: interrupt.signal,
    settings: () => readSettings(process.env, terminal),
  });
  process.exitCode = await program(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) terminal.err(`${messageOf(error)}\n`);
  else if (!interrupt.signal.aborted) terminal.err(errorText(error, terminal.paintErr));
  if (interrupt.signal.aborted) process.exitCode = exitCode.interrupted;
  else process.exitCode = error instanceof UsageError ? exitCode.invalidInput : exitCodeOf(error);
}
