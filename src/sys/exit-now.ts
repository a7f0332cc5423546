/** Ends this process at once, whatever its threads are at: `process.exit` waits for calls on them that do not return. */
import { libc } from "./libc.ts";

/** _exit(2); what was written to a file, a terminal or a pipe is there by then. Exit handlers are not called. */
const exit = libc("void _exit(int code)");

export function exitNow(code: number): never {
  exit(code);
  return process.exit(code);
}
