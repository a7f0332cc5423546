/** `npm run bench`: our own figures beside the raw floor: what the host's own tools take for the same, from a shell. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { compare, median, printRow, timed } from "./figures.ts";
import { benchExits } from "./on-exit.ts";
import { benchPulls } from "./pull.ts";
import { benchTraffic } from "./traffic.ts";

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
  printRow(["", "floor", "tallyman", "ratio"]);
  const idle: number[] = [];
  await compare(`${replicas} replicas with a network, running`, rounds, {
    floor: async () =>
      Number((await execute(join(root, "bench/floor.sh"), [rootfs, `${replicas}`, "4"])).stdout),
    ours: async () => {
      const took = await timed(() => tallyman("reconcile", "-f", stack));
      idle.push(await timed(() => tallyman("reconcile", "-f", stack)));
      await tallyman("down", "--all");
      return took;
    },
  });
  printRow(["nothing to do, 20 replicas", "", `${median(idle)} ms`, ""]);
  await benchExits({
    folder,
    image,
    paths: { dataDir: environment.TALLYMAN_DATA_DIR, runDir: environment.TALLYMAN_RUN_DIR },
    program: join(root, "bin/tallyman"),
    env: environment,
  });
  await benchPulls({
    folder,
    pull: (reference, dataDir) =>
      execute(join(root, "bin/tallyman"), ["pull", reference], {
        env: { ...environment, TALLYMAN_DATA_DIR: dataDir },
      }),
  });
  const many = [process.execPath, join(root, "bench/endpoints.ts")];
  process.stdout.write((await execute("unshare", ["--net", ...many])).stdout);
  await benchTraffic({ folder, program: join(root, "bin/tallyman") });
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
