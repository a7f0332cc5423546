/** What content is called: sha256 over its bytes. */
import { createHash } from "node:crypto";
import { TallymanError } from "../../model/error.ts";
import { digest, type Digest } from "../../model/ids.ts";

export function digestOf(content: string | Uint8Array): Digest {
  return digest(`sha256:${createHash("sha256").update(content).digest("hex")}`);
}

/** The part that names files: 64 hexadecimal digits. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}

/** Returns `content` where it is what its digest says. */
export function verified(content: Uint8Array, expected: Digest): Uint8Array {
  const found = digestOf(content);
  if (found !== expected) throw mismatch(expected, found);
  return content;
}

export function mismatch(expected: Digest, found: string): TallymanError {
  return new TallymanError("DIGEST_MISMATCH", `what was received as ${expected} is ${found}`, {
    hint: "It was damaged or changed on its way, or where it is kept. Push the image again, or use another mirror.",
  });
}
