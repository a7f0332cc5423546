/** `save`: writes images to an archive, a folder, or stdout. Takes no lock. */
import { once } from "node:events";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { codeOf, TallymanError } from "../../model/error.ts";
import type { OpenLayout } from "../../runtime/image/save/open-layout.ts";
import { archiveOf, writeLayoutFolder } from "../../runtime/image/save/write-layout.ts";
import { openReader } from "../../runtime/open-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { countText, sizeText } from "../output/units.ts";
import type { CommandContext } from "./context.ts";
import { givenImage } from "./given-image.ts";

export interface SaveOptions {
  readonly images: readonly string[];
  /** Default: stdout. */
  readonly output?: string | undefined;
  readonly kind: "archive" | "folder";
}

export async function save(
  { images, output, kind }: SaveOptions,
  { terminal, signal }: CommandContext,
): Promise<ExitCode> {
  if (output === undefined && (kind === "folder" || process.stdout.isTTY)) {
    throw new TallymanError("NO_OUTPUT", `where to write the ${kind} is not said`, {
      hint: `Say it with --output${kind === "archive" ? ", or send stdout to a file or program" : ""}.`,
    });
  }
  await using layout = await openReader(directories(process.env)).images.layout(images.map(givenImage));
  if (output === undefined) await toStdout(layout, signal);
  else if (kind === "folder") await toFolder(layout, resolve(output));
  else await toFile(layout, { path: resolve(output), signal });
  const bytes = layout.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  terminal.err(`Saved ${countText(images.length, "image")}, ${sizeText(bytes)}.\n`);
  return exitCode.done;
}

async function toStdout(layout: OpenLayout, signal: AbortSignal): Promise<void> {
  for await (const chunk of archiveOf(layout)) {
    signal.throwIfAborted();
    if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
  }
}

/** The file appears when it is whole. A device or pipe is written as it is. */
async function toFile(
  layout: OpenLayout,
  { path, signal }: { readonly path: string; readonly signal: AbortSignal },
): Promise<void> {
  const isPlain = await stat(path).then(
    (found) => found.isFile(),
    () => true,
  );
  const place = isPlain ? `${path}.${process.pid}.partial` : path;
  try {
    if (isPlain) await rm(place, { force: true });
    // "wx": in a folder of all, its name may be a link
    await using file = await open(place, isPlain ? "wx" : "w").catch((error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
      throw new TallymanError("NO_OUTPUT", `there is no folder ${dirname(path)}`, {
        hint: "Make it, or name another with --output.",
      });
    });
    for await (const chunk of archiveOf(layout)) {
      signal.throwIfAborted();
      await file.writeFile(chunk);
    }
    if (isPlain) await file.datasync();
  } catch (error) {
    if (isPlain) await rm(place, { force: true });
    throw error;
  }
  if (isPlain) await rename(place, path);
}

async function toFolder(layout: OpenLayout, path: string): Promise<void> {
  const present = await readdir(path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  });
  if (present.length > 0) {
    throw new TallymanError("FOLDER_NOT_EMPTY", `${path} is not empty`, {
      hint: "Name a folder that is to be made.",
    });
  }
  await writeLayoutFolder(layout, path);
}
