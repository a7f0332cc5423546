/** Loads a stack file that a test writes, out of a folder of its own that is gone afterwards. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../../../src/model/json.ts";
import { type LoadedStack, loadStack } from "../../../src/stack/load.ts";

export interface LoadTextOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Further files in the folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** The folder's name, from which the stack's is made. */
  readonly folder?: string;
}

/** Places name the file `compose.yaml`; `/stack` stands for the folder in what the stack says. */
export async function loadText(text: string, options: LoadTextOptions = {}): Promise<LoadedStack> {
  const root = await mkdtemp(join(tmpdir(), "tallyman-stack-"));
  try {
    const directory = join(root, options.folder ?? "stack");
    await mkdir(directory);
    for (const [name, content] of Object.entries({ "compose.yaml": text, ...options.files })) {
      await writeFile(join(directory, name), content);
    }
    const loaded = await loadStack(
      { directory, files: [join(directory, "compose.yaml")] },
      { environment: options.environment ?? {}, workingDirectory: directory },
    );
    return JSON.parse(JSON.stringify(loaded).replaceAll(root, "")) as LoadedStack;
  } finally {
    await rm(root, { recursive: true });
  }
}

/** `source` of the service `web` whose lines are given; fails on any error. */
export async function sourceOf(web: string, rest = ""): Promise<JsonObject> {
  const indented = web.trim().replaceAll(/^/gm, "    ");
  const { stack, diagnostics } = await loadText(`services:\n  web:\n    image: nginx\n${indented}\n${rest}`);
  const service = stack?.services.find(({ name }) => name === "web");
  if (service === undefined) throw new Error(JSON.stringify(diagnostics));
  return service.source;
}
