/** Unpacks a layer's blob into a folder, in a confined child process. */
import { open, readFile, type FileHandle } from "node:fs/promises";
import { getCompileCacheDir } from "node:module";
import { fileURLToPath } from "node:url";
import { TallymanError, messageOf } from "../../../model/error.ts";
import type { Digest } from "../../../model/ids.ts";
import { CommandError, run } from "../../../sys/run.ts";
import { layerLimits, type LayerLimits } from "../limits.ts";
import type { UnpackAnswer, UnpackRequest } from "./protocol.ts";

export interface UnpackOptions {
  /** An empty folder. */
  readonly target: string;
  /** Roots of the layers below, the base first. */
  readonly lower: readonly string[];
  readonly diffId: Digest;
  /** Of the blob: how errors name the layer. */
  readonly digest: Digest;
  readonly limits?: LayerLimits;
  /** How many bytes of the blob were read. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Resolves when all of the layer is in `target` and on the disk, and its diff id is what it should be. Throws
 * LAYER_REFUSED, LAYER_CORRUPT, LAYER_TOO_LARGE, ARCHIVE_CORRUPT, DIGEST_MISMATCH, or the code of a failed system
 * call such as ENOSPC, each with the layer and where possible the entry; UNPACK_FAILED where the process itself ended; `target` is then to be thrown away.
 */
export async function unpackLayer(blobPath: string, options: UnpackOptions): Promise<void> {
  await using resources = new AsyncDisposableStack();
  const blob = resources.use(await open(blobPath, "r"));
  const request: UnpackRequest = {
    parentPid: process.pid,
    target: options.target,
    lower: options.lower.toReversed(),
    diffId: options.diffId,
    blobBytes: (await blob.stat()).size,
    limits: options.limits ?? layerLimits,
  };
  if (options.onProgress) resources.use(watchPosition(blob, options.onProgress));
  const answer = await askChild(request, { blob, signal: options.signal });
  if (answer.ok) return;
  throw new TallymanError(answer.code, `layer ${options.digest}: ${answer.message}`, { hint: answer.hint });
}

async function askChild(
  request: UnpackRequest,
  { blob, signal }: { readonly blob: FileHandle; readonly signal: AbortSignal | undefined },
): Promise<UnpackAnswer> {
  try {
    const { stdout } = await run(process.execPath, [childProgram], {
      input: JSON.stringify(request),
      fds: [blob.fd],
      env: compileCache(),
      timeoutMs: maxUnpackMs,
      maxOutputBytes: 64 * 1024,
      ...(signal && { signal }),
    });
    return JSON.parse(stdout) as UnpackAnswer;
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof SyntaxError)) throw error;
    const message = `the process that unpacks it gave no answer: ${messageOf(error).slice(0, 500)}`;
    return { ok: false, code: "UNPACK_FAILED", message };
  }
}

const maxUnpackMs = 60 * 60 * 1000;
const childProgram = fileURLToPath(new URL("child.ts", import.meta.url));

/** Where this process keeps compiled code, the child finds its own, which halves the time that it takes to start. */
function compileCache(): Record<string, string> {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}

/** The child reads through our descriptor, so its position is ours to see. */
function watchPosition(blob: FileHandle, report: (bytes: number) => void): Disposable {
  const look = async (): Promise<void> => {
    const info = await readFile(`/proc/self/fdinfo/${blob.fd}`, "utf8").catch(() => "");
    const position = /^pos:\s*(\d+)/.exec(info)?.[1];
    if (position !== undefined) report(Number(position));
  };
  const timer = setInterval(() => void look(), 200).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
