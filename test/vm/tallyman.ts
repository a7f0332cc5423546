/** Tallyman in a machine, installed as the README says: cloned, and set up by its own first command. */
import { dirname } from "node:path";
import { until } from "../support/until.ts";
import type { Machine } from "./machine.ts";

/** Emulation is some twenty times slower than the machine below it, and that may be busy. */
export const patienceMs = 60 * 60_000;

const checkout = "/root/tallyman";

/** Clones the last commit of this checkout. */
export async function install(machine: Machine): Promise<void> {
  await machine.succeeds(`git clone --quiet /mnt/tallyman.git ${checkout}`, { withinMs: patienceMs });
}

/** What `npm start` does before anything runs; with `--test` what `npm test` does. */
export async function setUp(machine: Machine, option = ""): Promise<void> {
  const line = `cd ${checkout} && HOME=/root node scripts/setup.mjs ${option}`;
  await machine.succeeds(line, { withinMs: patienceMs });
}

/** `npm start` in the background, as in a terminal of its own; resolves with what it has said when it watches. */
export async function npmStart(machine: Machine): Promise<string> {
  await inBackground(machine, "first-start", "npm start");
  let said = "";
  const watches = async (): Promise<boolean> => {
    said = await machine.succeeds("journalctl -u first-start -o cat", seconds(300));
    if (said.includes("Watching")) return true;
    const { stdout } = await machine.run("systemctl is-active first-start", seconds(300));
    if (stdout.trim() !== "active") throw new Error(`npm start ended:\n${said}`);
    return false;
  };
  await until("npm start watches", watches, { withinMs: patienceMs, pollMs: 3_000, instead: () => said });
  return said;
}

/** A line for the shell in the checkout, as a unit of systemd; what it says is in the journal. */
export async function inBackground(machine: Machine, unit: string, line: string): Promise<void> {
  const options = `--quiet --unit=${unit} --working-directory=${checkout} --setenv=HOME=/root`;
  await machine.succeeds(`systemd-run ${options} /bin/sh -c '${line}'`, seconds(300));
}

/** Arguments of `tallyman`; its standard output. Anything but exit code 0 is an error. */
export async function tallyman(machine: Machine, args: string): Promise<string> {
  return machine.succeeds(`cd ${checkout} && bin/tallyman ${args}`, { withinMs: patienceMs });
}

/** How many containers of a stack run. */
export async function runningReplicas(machine: Machine, stack: string): Promise<number> {
  const { containers } = JSON.parse(await tallyman(machine, "ps --format json")) as {
    readonly containers: readonly { readonly name: string; readonly state: string }[];
  };
  return containers.filter(({ name, state }) => name.startsWith(`${stack}-`) && state === "running").length;
}

/** A file in the machine, on its disk. */
export async function writeFileIn(machine: Machine, path: string, text: string): Promise<void> {
  const encoded = Buffer.from(text).toString("base64");
  const line = `mkdir -p ${dirname(path)} && echo ${encoded} | base64 -d > ${path} && sync`;
  await machine.succeeds(line, seconds(300));
}

export const seconds = (count: number): { readonly withinMs: number } => ({ withinMs: count * 1000 });
