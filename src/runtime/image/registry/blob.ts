/** A blob as it comes, which goes on where it broke off (distribution-spec, "Pulling blobs"; RFC 9110, section 14). */
import { setTimeout as delay } from "node:timers/promises";
import { messageOf, TallymanError } from "../../../model/error.ts";
import type { Patience } from "../../settings.ts";
import type { Descriptor } from "../documents.ts";
import type { BlobOptions } from "../image-source.ts";
import { skipBytes } from "../skip-bytes.ts";
import type { Attempts, Place } from "./attempts.ts";
import type { HttpResponse } from "./exchange.ts";
import { RegistryError } from "./failure.ts";
import { retryDelay } from "./retry.ts";

export interface BlobSource<P extends Place> {
  readonly attempts: Attempts<P>;
  /** Asks a place for the blob with these headers; throws where the answer is neither 200 nor 206. */
  readonly open: (place: P, headers: Readonly<Record<string, string>>) => Promise<HttpResponse>;
  readonly patience: Patience;
}

/** So much between two interruptions is a connection that is worth keeping up with. */
const goodStretchBytes = 1024 * 1024;

/**
 * Throws BLOB_TRUNCATED where it keeps breaking off. Whoever reads counts and hashes: a place that sends too little or
 * something else is not noticed here.
 */
export async function* readBlob<P extends Place>(
  { digest, sizeBytes }: Descriptor,
  { attempts, open, patience }: BlobSource<P>,
  { signal, start = 0 }: BlobOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = start;
  let stretchStart = start;
  let failures = 0;
  let waitedMs = 0;
  while (at < sizeBytes) {
    const openAt = async (place: P): Promise<readonly [P, HttpResponse, number]> => {
      const response = await open(place, at > 0 ? { range: `bytes=${at}-` } : {});
      return [place, response, startOf(response, at)];
    };
    const [place, response, begins] = await attempts.each("pull", openAt, signal);
    try {
      for await (const chunk of skipBytes(at - begins, response.body())) {
        at += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof RegistryError)) throw error;
      attempts.blame(place);
      if (at - stretchStart >= goodStretchBytes) [failures, waitedMs] = [0, 0];
      stretchStart = at;
      const attempt = { failures: ++failures, waitedMs, known: true, random: Math.random() };
      const delayMs = retryDelay(error, attempt, patience);
      if (delayMs === undefined) {
        const came = `${at} of ${sizeBytes} bytes of ${digest} had come`;
        throw new TallymanError("BLOB_TRUNCATED", `${came}: ${messageOf(error)}`, {
          hint: "Try again.",
          cause: error,
        });
      }
      await delay(delayMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
      waitedMs += delayMs;
    }
  }
}

/** Where the content of an answer begins. A server that does not know ranges sends everything from the start. */
function startOf(response: HttpResponse, wanted: number): number {
  if (response.status === 200) return 0;
  const range = /^bytes (\d+)-/.exec(response.header("content-range") ?? "");
  const start = Number(range?.[1] ?? Number.NaN);
  if (start <= wanted) return start;
  response.discard();
  const { host } = response.url;
  throw new RegistryError(
    "REGISTRY_FAILED",
    `registry ${host} sends another part than the one from byte ${wanted}`,
    {
      hint: "It does not keep to HTTP. Look at its log.",
    },
  );
}
