/** Tallyman in a machine, installed as the README says: cloned, and set up by its own first command. */
import { until } from "../support/until.ts";
import type { Machine } from "./machine.ts";

/** Emulation is some twenty times slower than the machine below it, and that may be busy. */
const patienceMs = 25 * 60_000;

export const checkout = "/root/tallyman";

export async function clone(machine: Machine): Promise<void> {
  await machine.succeeds(`git clone --quiet /mnt/tallyman.git ${checkout}`, { withinMs: patienceMs });
}

/** `npm start` in the background, as in a terminal of its own; resolves when it watches. */
export async function npmStart(machine: Machine): Promise<void> {
  await inBackground(machine, "first-start", "npm start");
  const log = (): Promise<string> => machine.succeeds("journalctl -u first-start -o cat", seconds(60));
  let said = "";
  await until(
    "npm start watches",
    async () => {
      said = await log();
      if (said.includes("Watching")) return true;
      const { stdout } = await machine.run("systemctl is-failed first-start", seconds(60));
      if (stdout.trim() === "failed") throw new Error(`npm start failed:\n${said}`);
      return false;
    },
    { withinMs: patienceMs, pollMs: 3_000, instead: () => said },
  );
}

/** A line for the shell in the checkout, as a unit of systemd. */
export async function inBackground(machine: Machine, unit: string, line: string): Promise<void> {
  const options = `--quiet --collect --unit=${unit} --working-directory=${checkout} --setenv=HOME=/root`;
  await machine.succeeds(`systemd-run ${options} /bin/sh -c '${line}'`, seconds(60));
}

/** Arguments of `tallyman`; its standard output. */
export async function tallyman(machine: Machine, args: string): Promise<string> {
  return machine.succeeds(`cd ${checkout} && bin/tallyman ${args}`, { withinMs: patienceMs });
}

export interface Replica {
  readonly name: string;
  readonly state: string;
  readonly restarts: number;
}

export async function replicas(machine: Machine): Promise<readonly Replica[]> {
  const stdout = await tallyman(machine, "ps --format json");
  return (JSON.parse(stdout) as { containers: readonly Replica[] }).containers;
}

/** Stack `crowd` of so many web servers in `/root/crowd`, with the image of the example. */
export async function writeCrowd(machine: Machine, count: number): Promise<void> {
  const image = `${checkout}/examples/stacks/hello/image`;
  const lines = [
    "name: crowd",
    "services:",
    "  web:",
    `    image: ${image}`,
    "    command: [sh, -c, 'mkdir -p /tmp/www; hostname > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www']",
    "    stop_signal: SIGKILL",
    "    ports: ['8099:8080']",
    `    deploy: { replicas: ${count} }`,
  ];
  const text = Buffer.from(`${lines.join("\n")}\n`).toString("base64");
  const line = `mkdir -p /root/crowd && echo ${text} | base64 -d > /root/crowd/compose.yaml && sync`;
  await machine.succeeds(line, seconds(60));
}

export const seconds = (count: number): { readonly withinMs: number } => ({ withinMs: count * 1000 });
