/**
 * Set-up of the tests that use the host (vitest, `globalSetup`): at the end nothing of theirs may be there any more.
 * All their temporary files are in one folder of this run, so that other runs on the machine are told apart.
 */
import { chmod, mkdtemp, readFile, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { hostState, whatIsNew, type HostState } from "./host-state.ts";

let temporaryFolder: string;
let before: HostState;
let forwarded: string;

/**
 * Of the whole host: where it is off, each instance that comes first would switch it on, and off again, beside tests
 * that compare what was made. Those about it have hosts of their own.
 */
const ipForward = "/proc/sys/net/ipv4/ip_forward";

export async function setup(): Promise<void> {
  temporaryFolder = await mkdtemp(join(tmpdir(), "tm-"));
  await chmod(temporaryFolder, 0o711); // roots of user namespaces pass through
  process.env["TMPDIR"] = temporaryFolder; // inherited by the workers; short, since paths of sockets are
  before = await hostState(temporaryFolder);
  forwarded = (await readFile(ipForward, "utf8")).trim();
  if (forwarded === "0") await writeFile(ipForward, "1");
}

/** The kernel takes away links and processes a moment after they were given up. */
const graceMs = 10_000;

export async function teardown(): Promise<void> {
  if (forwarded === "0") await writeFile(ipForward, "0");
  const deadline = performance.now() + graceMs;
  let left = whatIsNew(before, await hostState(temporaryFolder));
  while (left.length > 0 && performance.now() < deadline) {
    await delay(100);
    left = whatIsNew(before, await hostState(temporaryFolder));
  }
  if (left.length > 0) {
    process.exitCode = 1; // vitest prints an error of a teardown, and succeeds
    throw new Error(`The tests left on the host:\n  ${left.join("\n  ")}`);
  }
  await rmdir(temporaryFolder);
}
