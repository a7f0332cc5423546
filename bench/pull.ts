/** Pulling one layer from a registry on loopback, beside what the host's own tools take for it. */
import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildImage, type ImageFile } from "../test/support/build-image.ts";
import { startRegistry } from "../test/support/registry.ts";
import { compare, timed } from "./figures.ts";

const execute = promisify(execFile);
const rounds = 5;

export interface PullBenchOptions {
  /** Goes away afterwards, with everything in it. */
  readonly folder: string;
  readonly pull: (reference: string, dataDir: string) => Promise<unknown>;
}

export async function benchPulls({ folder, pull }: PullBenchOptions): Promise<void> {
  await using registry = await startRegistry(folder);
  const layers = {
    "one layer of 105 MB": await largeFiles(),
    "one layer of 20,000 small files": smallFiles(),
  };
  for (const [name, files] of Object.entries(layers)) {
    const layout = join(folder, "layout");
    const manifest = await buildImage({ dir: layout, layers: [files] });
    const repository = `${registry.host}/bench`;
    await execute("skopeo", ["copy", "--dest-tls-verify=false", `oci:${layout}`, `docker://${repository}`]);
    const blob = await layerOf(layout, manifest);
    const settle = () => execute("sync", ["--file-system", folder]); // neither pays for what the other has removed
    await compare(`${name}, pulled and unpacked`, rounds, {
      floor: async () => {
        await settle();
        const target = join(folder, "floor");
        const url = `http://${registry.host}/v2/bench/blobs/${blob}`;
        const took = await timed(() => execute("bash", ["-c", floor, "floor", url, target]));
        await rm(target, { recursive: true });
        return took;
      },
      ours: async () => {
        await settle();
        const dataDir = join(folder, "pulled");
        const took = await timed(() => pull(repository, dataDir));
        await rm(dataDir, { recursive: true });
        return took;
      },
    });
    await rm(layout, { recursive: true });
  }
}

/** One gzip layer fetched, hashed as it comes and as it unpacks, unpacked and made durable, by the host's own tools. */
const floor = `
  set -euo pipefail
  mkdir -p "$2/root"
  curl --silent --fail "$1" | tee >(sha256sum >"$2/blob") | gunzip | tee >(sha256sum >"$2/diff") |
    tar --extract --numeric-owner --directory "$2/root"
  until [ -s "$2/blob" ] && [ -s "$2/diff" ]; do sleep 0.001; done
  sync --file-system "$2"
`;

/** Machine code, which compresses as images do: this Node itself, in pieces, until there are 105 MB compressed. */
async function largeFiles(): Promise<readonly ImageFile[]> {
  const program = await readFile(process.execPath);
  const pieceBytes = 3_000_000;
  return Array.from({ length: 90 }, (_, i) => {
    const start = (i * pieceBytes) % (program.length - pieceBytes);
    return { path: `lib/piece${i}`, content: program.subarray(start, start + pieceBytes) };
  });
}

function smallFiles(): readonly ImageFile[] {
  return Array.from({ length: 20_000 }, (_, i) => ({
    path: `app/node_modules/package-${Math.floor(i / 40)}/lib/file-${i}.js`,
    content: `exports.answer = ${i};\n`.repeat(1 + (i % 60)),
  }));
}

async function layerOf(layout: string, manifest: string): Promise<string> {
  const text = await readFile(join(layout, "blobs/sha256", manifest.slice("sha256:".length)), "utf8");
  const { layers } = JSON.parse(text) as { readonly layers: readonly { readonly digest: string }[] };
  return layers[0]?.digest ?? "";
}
