/**
 * `npm run bench`: our own figures beside the raw floor, taken in turns in one run, so that the noise of a shared
 * machine meets both alike. Each figure is the median of its rounds; what counts is the ratio.
 */
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const replicas = 20;
const rounds = 5;
const root = new URL("..", import.meta.url).pathname;
const execute = promisify(execFile);

const folder = await mkdtemp(join(tmpdir(), "tallyman-bench-"));
const environment = {
  ...process.env,
  TALLYMAN_DATA_DIR: join(folder, "data"),
  TALLYMAN_RUN_DIR: join(folder, "run"),
};

try {
  const image = join(root, "examples/stacks/hello/image");
  const rootfs = await busyboxFolder();
  const stack = await writeStack(image);
  await tallyman("pull", image);
  print(["", "floor", "tallyman", "ratio"]);
  const floors: number[] = [];
  const ours: number[] = [];
  const idle: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    floors.push(Number((await execute(join(root, "bench/floor.sh"), [rootfs, `${replicas}`, "4"])).stdout));
    ours.push(await timed(() => tallyman("reconcile", "-f", stack)));
    idle.push(await timed(() => tallyman("reconcile", "-f", stack)));
    await tallyman("down", "--all");
    report(`round ${round}`, floors.at(-1) ?? 0, ours.at(-1) ?? 0);
  }
  report(`${replicas} replicas with a network, running`, median(floors), median(ours));
  print(["nothing to do, 20 replicas", "", `${median(idle)} ms`, ""]);
} finally {
  await tallyman("down", "--all").catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
}

function tallyman(...args: readonly string[]): Promise<unknown> {
  return execute(join(root, "bin/tallyman"), args, { env: environment });
}

/** What the floor runs: the one file that the image of the example is made of. */
async function busyboxFolder(): Promise<string> {
  const rootfs = join(folder, "rootfs");
  await mkdir(join(rootfs, "bin"), { recursive: true });
  await copyFile("/bin/busybox", join(rootfs, "bin/busybox"));
  return rootfs;
}

async function writeStack(image: string): Promise<string> {
  const path = join(folder, "stack");
  await mkdir(path);
  const service = `{ image: ${image}, command: [sleep, "100000"], deploy: { replicas: ${replicas} } }`;
  await writeFile(join(path, "compose.yaml"), `name: bench\nservices:\n  sleep: ${service}\n`);
  return path;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return Math.round(performance.now() - begun);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function report(name: string, floorMs: number, oursMs: number): void {
  print([name, `${floorMs} ms`, `${oursMs} ms`, `${(oursMs / floorMs).toFixed(2)} x`]);
}

function print([name = "", ...columns]: readonly string[]): void {
  process.stdout.write(`${name.padEnd(40)}${columns.map((column) => column.padStart(12)).join("")}\n`);
}
