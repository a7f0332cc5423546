/** `images`, `pull`, `load`: what is in the image store, and how it comes there. */
import { isAbsolute, resolve } from "node:path";
import { openReader, openRuntime } from "../../runtime/open.ts";
import type { ImageSummary, LayerProgress } from "../../runtime/types.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { exitHandler } from "../exit-handler.ts";
import { imageName } from "../output/image-name.ts";
import { showPull } from "../output/pull.ts";
import { table } from "../output/table.ts";
import { durationText, sizeText } from "../output/units.ts";
import type { CommandContext } from "./context.ts";

export interface FormatOptions {
  readonly format: "table" | "json";
}

export async function images({ format }: FormatOptions, { terminal }: CommandContext): Promise<ExitCode> {
  const list = await openReader(directories(process.env)).images.list();
  terminal.out(format === "json" ? imagesJson(list) : imagesTable(list, Date.now()));
  return exitCode.done;
}

export async function pull(
  { references, format }: FormatOptions & { readonly references: readonly string[] },
  { terminal, signal, settings }: CommandContext,
): Promise<ExitCode> {
  const paths = directories(process.env);
  await using runtime = await openRuntime(paths, await settings(), { onExit: exitHandler(paths) });
  const pulled: { readonly reference: string; readonly digest: string }[] = [];
  for (const given of references) {
    const reference = given.startsWith(".") || isAbsolute(given) ? resolve(given) : given;
    using view = await showPull(terminal, reference);
    const onProgress = (progress: LayerProgress): void => view.layer(progress);
    const digest = await runtime.images.pull(reference, { signal, onProgress });
    view[Symbol.dispose]();
    pulled.push({ reference, digest });
    if (format === "table") terminal.out(`${reference}@${digest}\n`);
  }
  if (format === "json") terminal.out(`${JSON.stringify({ formatVersion: 1, images: pulled }, null, 2)}\n`);
  return exitCode.done;
}

export async function load(
  { path, format }: FormatOptions & { readonly path: string },
  { terminal, signal, settings }: CommandContext,
): Promise<ExitCode> {
  const paths = directories(process.env);
  await using runtime = await openRuntime(paths, await settings(), { onExit: exitHandler(paths) });
  using view = await showPull(terminal, path);
  const loaded = await runtime.images.load(resolve(path), {
    signal,
    onProgress: (progress) => view.layer(progress),
  });
  view[Symbol.dispose]();
  terminal.out(format === "json" ? imagesJson(loaded) : imagesTable(loaded, Date.now()));
  return exitCode.done;
}

function imagesTable(list: readonly ImageSummary[], now: number): string {
  const rows = list.map(({ reference, digest, sizeBytes, pulledAt }) => [
    imageName(reference),
    digest.slice("sha256:".length, "sha256:".length + 12),
    sizeText(sizeBytes),
    `${durationText(now - pulledAt)} ago`,
  ]);
  return `${table(["IMAGE", "DIGEST", "SIZE", "PULLED"], rows)}\n`;
}

function imagesJson(list: readonly ImageSummary[]): string {
  const rows = list.map((image) => ({ ...image, pulledAt: new Date(image.pulledAt).toISOString() }));
  return `${JSON.stringify({ formatVersion: 1, images: rows }, null, 2)}\n`;
}
