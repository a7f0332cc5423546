/** The program: argv in, exit code out. */
import { messageOf } from "../model/error.ts";
import { exitCode } from "./exit-code.ts";
import { errorText } from "./output/diagnostics.ts";
import { openTerminal } from "./output/terminal.ts";
import { buildProgram, UsageError } from "./program.ts";

const terminal = openTerminal();
const interrupt = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    if (interrupt.signal.aborted) process.exit(exitCode.interrupted); // asked twice: what is under way is safe to break off
    interrupt.abort();
  });
}
// A reader that went away (`tallyman ps | head`) is not an error of ours.
process.stdout.on("error", () => process.exit(exitCode.done));

try {
  const program = buildProgram({ terminal, signal: interrupt.signal });
  process.exitCode = await program(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) terminal.err(`${messageOf(error)}\n`);
  else if (!interrupt.signal.aborted) terminal.err(errorText(error, terminal.paintErr));
  process.exitCode = interrupt.signal.aborted
    ? exitCode.interrupted
    : error instanceof UsageError
      ? exitCode.invalidInput
      : exitCode.failed;
}
