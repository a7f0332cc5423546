/** Two set-ups of one checkout at once would trip over each other: the second waits, then looks again. */
import { spawnSync } from "node:child_process";
import { say } from "./report.mjs";

const heldFlag = "TALLYMAN_SETUP_ALONE";
const isHeldElsewhere = 75;

/**
 * Runs `work` while this checkout's folder is locked. Node has no flock(2), so that this program is started anew
 * below flock(1), which lets go when it ends, however it ends.
 */
export async function runAlone(root, work) {
  if (process.env[heldFlag] !== undefined) return work();
  const again = ["--close", root, process.execPath, ...process.argv.slice(1)];
  const options = { stdio: "inherit", env: { ...process.env, [heldFlag]: "1" } };
  let { status, error } = spawnSync(
    "flock",
    ["--nonblock", "--conflict-exit-code", isHeldElsewhere, ...again],
    options,
  );
  if (status === isHeldElsewhere) {
    say("waiting for another set-up of this folder ...");
    ({ status, error } = spawnSync("flock", again, options));
  }
  if (error?.code === "ENOENT") return work();
  process.exitCode = status ?? 1;
}
