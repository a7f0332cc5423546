/**
 * Set-up of the tests that use the host (vitest, `globalSetup`): at the end nothing of theirs may be there any more.
 * All their temporary files are in one folder of this run, so that other runs on the machine are told apart.
 */
import { chmod, mkdtemp, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
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
  if (forwarded === "0") await stopForwarding();
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

/** It stays on where other runs are there, or have left their folder: they may rely on it, and it harms none of them. */
async function stopForwarding(): Promise<void> {
  if (await othersRun()) return;
  await writeFile(ipForward, "0");
  if (await othersRun()) await writeFile(ipForward, "1"); // one has come meanwhile
}

/** A run has its folder before it looks at the host. */
async function othersRun(): Promise<boolean> {
  const folders = await readdir(dirname(temporaryFolder));
  return folders.some((name) => /^tm-[A-Za-z0-9]{6}$/.test(name) && name !== basename(temporaryFolder));
}
