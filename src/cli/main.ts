/** The program: argv in, exit code out. */
import { exitCode, exitCodeOf } from "./exit-code.ts";
import { Interrupt } from "./interrupt.ts";
import { errorText } from "./output/diagnostics.ts";
import { openTerminal } from "./output/terminal.ts";
import { buildProgram, UsageError } from "./program.ts";
import { readSettings } from "./settings.ts";

const terminal = openTerminal();
const interrupt = new Interrupt();
// A reader that went away (`tallyman ps | head`) is not an error of ours.
process.stdout.on("error", () => process.exit(exitCode.done));

try {
  const program = buildProgram({
    terminal,
    signal: interrupt.signal,
    settings: () => readSettings(process.env, terminal),
    passSignals: (listener) => interrupt.pass(listener),
  });
  process.exitCode = await program(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError) && !interrupt.signal.aborted)
    terminal.err(errorText(error, terminal.paintErr));
  if (interrupt.signal.aborted) process.exitCode = exitCode.interrupted;
  else process.exitCode = error instanceof UsageError ? exitCode.invalidInput : exitCodeOf(error);
}
