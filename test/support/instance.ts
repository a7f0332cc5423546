/** One installation of Tallyman for a test: folders and an image of its own, and the program to use on them. */
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildImage, busyboxFiles } from "./build-image.ts";
import { Program, type Ended, type ProgramOptions } from "./program.ts";
import { sigkill } from "./sigkill.ts";
import { until } from "./until.ts";
import { patience } from "./patience.ts";

export interface TestInstance extends AsyncDisposable {
  /** The working directory of the program. An image of busybox is in `image` of it. */
  readonly folder: string;
  /** Neither it nor `runDir` is there before something is run. */
  readonly dataDir: string;
  readonly runDir: string;
  /** Path and content of a file in the folder; its absolute path. */
  write(file: string, content: string): Promise<string>;
  /** Runs the program to its end, at most a minute. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Starts the program; disposal of the instance ends it. */
  spawn(args: readonly string[], options?: RunOptions): Program;
  /** What `ps --format json` lists. */
  ps(): Promise<readonly PsContainer[]>;
  /** Of the containers that run, by name. */
  pids(): Promise<Readonly<Record<string, number>>>;
  /** Waits until the container of that name runs, and kills its process. */
  kill(name: string): Promise<void>;
  /** Of the conmon of a container. */
  monitorPid(containerId: string): Promise<number>;
}

export type RunOptions = Partial<ProgramOptions> & { readonly signal?: AbortSignal };

/** A container as `ps --format json` has it. */
export interface PsContainer {
  readonly id: string;
  readonly name: string;
  readonly stack: string | null;
  readonly service: string | null;
  readonly slot: number | null;
  readonly state: string;
  readonly monitored: boolean;
  readonly health: string | null;
  readonly image: string;
  readonly digest: string;
  readonly pid: number | null;
  readonly startedAt: string | null;
  readonly exitCode: number | null;
  readonly restarts: number;
  readonly addresses: readonly string[];
}

const longestRunMs = 60_000 * patience;

/** @param options.dataDir Default: in the folder. */
export async function anInstance(options: { readonly dataDir?: string } = {}): Promise<TestInstance> {
  const folder = await mkdtemp(join(tmpdir(), "i-"));
  await chmod(folder, 0o711); // roots of user namespaces pass through
  await buildImage({ dir: join(folder, "image"), layers: [await busyboxFiles()], compression: "none" });
  return new OwnedInstance(folder, options.dataDir);
}

/** What its stack file names is up, or has ended as it should. */
export async function anInstanceRunning(stackFile: string): Promise<TestInstance> {
  await using starting = new AsyncDisposableStack();
  const instance = starting.use(await anInstance());
  await instance.write("compose.yaml", stackFile);
  const { exitCode, stderr } = await instance.run(["reconcile", "--wait"]);
  if (exitCode !== 0) throw new Error(`reconcile --wait ended with ${exitCode}:\n${stderr}`);
  starting.move();
  return instance;
}

class OwnedInstance implements TestInstance {
  readonly folder: string;
  readonly dataDir: string;
  readonly runDir: string;
  readonly #programs: Program[] = [];

  constructor(folder: string, dataDir = join(folder, "data")) {
    this.folder = folder;
    this.dataDir = dataDir;
    this.runDir = join(folder, "run");
  }

  async write(file: string, content: string): Promise<string> {
    const path = join(this.folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  }

  spawn(args: readonly string[], { env, signal, ...options }: RunOptions = {}): Program {
    const own = { TALLYMAN_DATA_DIR: this.dataDir, TALLYMAN_RUN_DIR: this.runDir, TALLYMAN_CONFIG: "" };
    const program = new Program(args, { cwd: this.folder, ...options, env: { ...own, ...env } });
    signal?.addEventListener("abort", () => program.signal("SIGKILL"), { once: true });
    this.#programs.push(program);
    return program;
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const tooLong = AbortSignal.timeout(longestRunMs);
    const signal = options.signal === undefined ? tooLong : AbortSignal.any([options.signal, tooLong]);
    const program = this.spawn(args, { ...options, signal });
    const ended = await program.ended;
    if (tooLong.aborted) throw new Error(`tallyman ${args.join(" ")} did not end\n${program.output}`);
    return ended;
  }

  async ps(): Promise<readonly PsContainer[]> {
    const { stdout } = await this.run(["ps", "--format", "json"]);
    return (JSON.parse(stdout) as { containers: readonly PsContainer[] }).containers;
  }

  async pids(): Promise<Readonly<Record<string, number>>> {
    const running = (await this.ps()).filter(({ state }) => state === "running");
    return Object.fromEntries(running.map(({ name, pid }) => [name, pid ?? 0]));
  }

  async kill(name: string): Promise<void> {
    sigkill(await until(`${name} runs`, async () => (await this.pids())[name]));
  }

  async monitorPid(containerId: string): Promise<number> {
    return Number(await readFile(join(this.runDir, "bundles", containerId, "conmon.pid"), "utf8"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map((program) => program[Symbol.asyncDispose]()));
    if (existsSync(this.dataDir)) {
      const { exitCode, stderr } = await this.run(["down", "--all"]);
      if (exitCode !== 0)
        throw new Error(`the instance in ${this.folder} could not be taken away:\n${stderr}`);
    }
    await rm(this.folder, { recursive: true });
  }
}
