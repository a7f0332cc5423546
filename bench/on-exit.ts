/** A container that is killed: how soon it runs again with an agent there and with nobody, and what its exit costs. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { openReader } from "../src/runtime/open-reader.ts";
import type { RuntimePaths } from "../src/runtime/types.ts";
import { lock } from "../src/sys/lock.ts";
import { compare, median, printRow, timed } from "./figures.ts";

export interface ExitBench {
  readonly folder: string;
  readonly image: string;
  readonly paths: RuntimePaths;
  /** The program, and its environment. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
}

const rounds = 5;
const execute = promisify(execFile);

export async function benchExits({ folder, image, paths, program, env }: ExitBench): Promise<void> {
  const stack = await writeStack(folder, image);
  await execute(program, ["reconcile", "-f", stack], { env });
  await compare("killed, running again (floor: with an agent)", rounds, {
    floor: async () => {
      const agent = spawn(program, ["reconcile", "--watch", "-f", stack], {
        env,
        stdio: ["ignore", "ignore", "pipe"],
      });
      const ended = once(agent, "exit");
      const watching = Promise.withResolvers<undefined>();
      agent.stderr.on("data", (text) => {
        if (String(text).includes("Watching")) watching.resolve(undefined);
      });
      await watching.promise;
      const took = await timed(() => killed(paths));
      agent.kill();
      await ended;
      return took;
    },
    ours: async () => timed(() => killed(paths)),
  });
  const script = join(paths.dataDir, "on-exit");
  const quiet: number[] = [];
  {
    await using _holder = await lock(join(paths.dataDir, "lock"));
    for (let round = 0; round < rounds; round++) quiet.push(await timed(() => execute("/bin/sh", [script])));
  }
  printRow(["an exit while somebody is there", "", `${median(quiet)} ms`, ""]);
  await execute(program, ["down", "--all"], { env });
}

/** Resolves when another process of the container runs. */
async function killed(paths: RuntimePaths): Promise<void> {
  const reader = openReader(paths);
  const [before] = await reader.list();
  process.kill(before?.pid ?? 0, "SIGKILL");
  for (;;) {
    const [now] = await reader.list();
    if (now?.state === "running" && now.restarts !== before?.restarts) return;
    await delay(2);
  }
}

/** Without a window, so that every restart comes at once. */
async function writeStack(folder: string, image: string): Promise<string> {
  const path = join(folder, "exits");
  await mkdir(path);
  const policy = "deploy: { restart_policy: { condition: any, delay: 0s, window: 1ms } }";
  const service = `{ image: ${image}, command: [sleep, "100000"], network_mode: none, ${policy} }`;
  await writeFile(join(path, "compose.yaml"), `name: exits\nservices:\n  sleep: ${service}\n`);
  return path;
}
