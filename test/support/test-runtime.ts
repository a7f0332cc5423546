/** A runtime of its own for one test, in a temporary folder, with an image of busybox; all gone when disposed. */
import { aContainerSpec } from "./container-spec.ts";
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContainerSpec } from "../../src/model/container-spec.ts";
import { containerId, type ContainerId, type Digest } from "../../src/model/ids.ts";
import { instanceOf } from "../../src/runtime/instance.ts";
import { openRuntime } from "../../src/runtime/open.ts";
import { defaultSettings, type EngineSettings } from "../../src/runtime/settings.ts";
import type {
  ContainerStatus,
  CreateRequest,
  LogLine,
  Runtime,
  RuntimePaths,
} from "../../src/runtime/types.ts";
import { buildImage, busyboxFiles, type ImageConfigFields, type ImageFile } from "./build-image.ts";
import { hostState } from "./host-state.ts";

export interface TestRuntime extends AsyncDisposable {
  readonly folder: string;
  readonly paths: RuntimePaths;
  readonly runtime: Runtime;
  readonly image: Digest;
  request(spec?: Partial<ContainerSpec>): CreateRequest;
  /** Creates and starts a container whose command is a line for the shell. */
  run(line: string, spec?: Partial<ContainerSpec>): Promise<ContainerId>;
  status(id: ContainerId): Promise<ContainerStatus>;
  /** Waits for its exit. */
  exited(id: ContainerId): Promise<ContainerStatus>;
  /** All lines, when it has exited. */
  output(id: ContainerId): Promise<readonly LogLine[]>;
  /** Standard output of a line for the shell, run to its end; without the last newline. */
  shell(line: string, spec?: Partial<ContainerSpec>): Promise<string>;
}

export interface TestImage {
  /** Over busybox. */
  readonly files?: readonly ImageFile[];
  readonly config?: ImageConfigFields;
  /** The name of the temporary folder ends so. */
  readonly folderSuffix?: string;
  /** Over the defaults of the engine. */
  readonly settings?: Partial<EngineSettings>;
}

export const plainSpec = aContainerSpec({ image: "busybox", network: "none", stopGraceMs: 500 });

export async function openTestRuntime(image: TestImage = {}): Promise<TestRuntime> {
  const folder = await mkdtemp(join(tmpdir(), `rt${image.folderSuffix ?? ""}-`));
  await chmod(folder, 0o711); // roots of user namespaces pass through
  const paths = { dataDir: join(folder, "data"), runDir: join(folder, "run") };
  const runtime = await openRuntime(paths, { ...defaultSettings, ...image.settings });
  const digest = await addImage(runtime, folder, image);
  return new OwnedRuntime({ folder, paths, runtime, image: digest });
}

/** Into the runtime's store. */
export async function addImage(runtime: Runtime, folder: string, image: TestImage): Promise<Digest> {
  const dir = join(folder, "image");
  const layers = [await busyboxFiles(), ...(image.files ? [image.files] : [])];
  await buildImage({ dir, layers, ...(image.config && { config: image.config }), compression: "none" });
  return runtime.images.pull(dir);
}

export function newId(): ContainerId {
  return containerId(randomBytes(6).toString("hex"));
}

/** What there is of its instance outside of its folders, and mounts and processes inside. */
export async function leftBy({
  folder,
  paths,
}: Pick<TestRuntime, "folder" | "paths">): Promise<readonly string[]> {
  const { id } = instanceOf(paths);
  return Object.entries(await hostState(folder))
    .filter(([kind]) => kind !== "file")
    .flatMap(([, things]) => things)
    .filter((thing) => thing.includes(id) || thing.includes(folder));
}

class OwnedRuntime implements TestRuntime {
  readonly folder: string;
  readonly paths: RuntimePaths;
  readonly runtime: Runtime;
  readonly image: Digest;

  constructor(parts: Pick<TestRuntime, "folder" | "paths" | "runtime" | "image">) {
    this.folder = parts.folder;
    this.paths = parts.paths;
    this.runtime = parts.runtime;
    this.image = parts.image;
  }

  request(spec: Partial<ContainerSpec> = {}): CreateRequest {
    const id = newId();
    return { id, name: `test-${id}`, image: this.image, labels: {}, spec: { ...plainSpec, ...spec } };
  }

  async run(line: string, spec: Partial<ContainerSpec> = {}): Promise<ContainerId> {
    const request = this.request({ command: ["sh", "-c", line], ...spec });
    await this.runtime.create(request);
    await this.runtime.start(request.id);
    return request.id;
  }

  async status(id: ContainerId): Promise<ContainerStatus> {
    const status = (await this.runtime.list()).find((container) => container.id === id);
    if (!status) throw new Error(`${id} is not in the list`);
    return status;
  }

  async exited(id: ContainerId): Promise<ContainerStatus> {
    await this.output(id);
    return this.status(id);
  }

  async output(id: ContainerId): Promise<readonly LogLine[]> {
    return Array.fromAsync(this.runtime.logs(id, { follow: true, signal: AbortSignal.timeout(30_000) }));
  }

  async shell(line: string, spec: Partial<ContainerSpec> = {}): Promise<string> {
    const id = await this.run(line, spec);
    const lines = await this.output(id);
    await this.runtime.remove(id);
    return lines
      .filter(({ stream }) => stream === "stdout")
      .map(({ text }) => text)
      .join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const present = [...(await this.runtime.list()), ...(await this.runtime.damaged())];
    await Promise.all(present.map(({ id }) => this.runtime.remove(id)));
    await this.runtime.sweep();
    await this.runtime[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true });
  }
}
