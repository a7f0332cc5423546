/** `pull` and `load`: how images come into the store. */
import { resolve } from "node:path";
import { openImages } from "../../runtime/open.ts";
import type { LayerProgress } from "../../runtime/image/types.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { imagesJson, imagesTable } from "../output/images.ts";
import { showPull } from "../output/pull.ts";
import type { CommandContext } from "./context.ts";
import { givenImage } from "./given-image.ts";
import type { FormatOptions } from "./images.ts";

export async function pull(
  { references, format }: FormatOptions & { readonly references: readonly string[] },
  { terminal, signal, settings }: CommandContext,
): Promise<ExitCode> {
  const images = await openImages(directories(process.env), await settings());
  const pulled: { readonly reference: string; readonly digest: string }[] = [];
  for (const reference of references.map(givenImage)) {
    using view = await showPull(terminal, reference);
    const onProgress = (progress: LayerProgress): void => view.layer(progress);
    const digest = await images.pull(reference, { signal, onProgress });
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
  const images = await openImages(directories(process.env), await settings());
  using view = await showPull(terminal, path);
  const onProgress = (progress: LayerProgress): void => view.layer(progress);
  const loaded = await images.load(resolve(path), { signal, onProgress });
  view[Symbol.dispose]();
  const names = new Set<string | undefined>(loaded.map(({ reference }) => reference));
  const list = (await images.list()).filter(({ reference }) => names.has(reference));
  terminal.out(format === "json" ? imagesJson(list) : imagesTable(list, Date.now()));
  return exitCode.done;
}
