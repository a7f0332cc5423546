/** What a person sees of the set-up: on standard error, so that standard output stays the program's own. */
import { spawn } from "node:child_process";

/** Something that the reader has to mend; shown without a stack trace. */
export class SetupError extends Error {}

export function say(text) {
  process.stderr.write(`setup: ${text.replaceAll("\n", "\n       ")}\n`);
}

/**
 * Runs a program that may take a while; its output is returned, and shown only where it fails.
 * `doing` is what the reader sees meanwhile: on a terminal with the seconds that have passed.
 */
export async function run(command, args, { doing, cwd, env } = {}) {
  const stop = doing === undefined ? () => undefined : showProgress(doing);
  const { code, output } = await collect(command, args, { cwd, env: { ...process.env, ...env } });
  stop();
  if (code === 0) return output;
  throw new SetupError(`${command} ${args[0] ?? ""} failed (${code}):\n${excerpt(output)}`);
}

function collect(command, args, options) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const add = (chunk) => (output += chunk);
    child.stdout.setEncoding("utf8").on("data", add);
    child.stderr.setEncoding("utf8").on("data", add);
    child.on("error", (error) => resolve({ code: error.code, output: error.message }));
    child.on("close", (code, signal) => resolve({ code: code ?? signal, output }));
  });
}

function showProgress(doing) {
  if (!process.stderr.isTTY) {
    say(`${doing} ...`);
    return () => undefined;
  }
  const startedAt = Date.now();
  const draw = () =>
    process.stderr.write(`\rsetup: ${doing} ... ${Math.round((Date.now() - startedAt) / 1000)} s`);
  draw();
  const timer = setInterval(draw, 1000);
  return () => {
    clearInterval(timer);
    draw();
    process.stderr.write("\n");
  };
}

/** npm says what is wrong first, apt-get last. */
function excerpt(text) {
  const lines = text.trimEnd().split("\n");
  return (lines.length <= 40 ? lines : [...lines.slice(0, 20), "...", ...lines.slice(-20)]).join("\n");
}
