/** `fsck`: says what is wrong with the image store, and with --repair mends it. */
import { printable } from "../../model/printable.ts";
import { imageUsers } from "../../runtime/container/image-users.ts";
import { checkStore, type CheckResult } from "../../runtime/image/fsck/check-store.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { Terminal } from "../output/terminal.ts";
import { countText } from "../output/units.ts";
import type { CommandContext } from "./context.ts";
import type { FormatOptions } from "./images.ts";

export interface FsckOptions extends FormatOptions {
  readonly repair: boolean;
  readonly deep: boolean;
}

/** Exits 1 where something is left that is wrong. */
export async function fsck(
  { repair, deep, format }: FsckOptions,
  { terminal, signal }: CommandContext,
): Promise<ExitCode> {
  const paths = directories(process.env);
  const containers = (): ReturnType<typeof imageUsers> => imageUsers(paths);
  const result = await checkStore(paths.dataDir, { containers, repair, deep, signal });
  if (format === "json") terminal.out(resultJson(result));
  else showResult(result, { terminal, repair });
  return result.findings.every(({ isMended }) => isMended) ? exitCode.done : exitCode.failed;
}

function showResult(
  { findings, images, blobs, layers }: CheckResult,
  { terminal, repair }: { readonly terminal: Terminal; readonly repair: boolean },
): void {
  for (const { message, isMended, remove, hint } of findings) {
    const mark = isMended ? terminal.paintOut("added", "✓") : terminal.paintOut("bad", "✗");
    const advice =
      hint ?? (remove.length > 0 && !repair ? "`tallyman fsck --repair` takes it away." : undefined);
    const after = isMended ? "  taken away" : advice === undefined ? "" : `\n    ${advice}`;
    terminal.out(`${mark} ${printable(message + after)}\n`);
  }
  const left = findings.filter(({ isMended }) => !isMended).length;
  const verdict =
    findings.length === 0 ? "nothing is wrong" : left === 0 ? "all is mended" : `${left} to be mended`;
  terminal.err(
    `${countText(images, "image")}, ${countText(blobs, "blob")}, ${countText(layers, "layer")}: ${verdict}.\n`,
  );
}

/** Fields are only ever added. */
function resultJson({ findings, ...counts }: CheckResult): string {
  const listed = findings.map(({ kind, message, hint, isMended }) => ({
    kind,
    message,
    hint: hint ?? null,
    mended: isMended,
  }));
  return `${JSON.stringify({ formatVersion: 1, ...counts, findings: listed }, null, 2)}\n`;
}
