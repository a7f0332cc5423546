/** Reads a text file within bounds; what cannot be read is an answer, not an exception. */
import { codeOf, messageOf } from "../model/error.ts";
import { readPlainFile } from "../sys/plain-file.ts";

const maxBytes = 1024 * 1024;

export type ReadText =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "missing" }
  /** `why` goes on after the file's name: "is no file". */
  | { readonly kind: "unreadable"; readonly why: string };

export async function readText(path: string): Promise<ReadText> {
  try {
    const content = await readPlainFile(path, { maxBytes });
    const text = new TextDecoder("utf-8", { fatal: true }).decode(content);
    return text.includes("\0") ? { kind: "unreadable", why: "is not text in UTF-8" } : { kind: "text", text };
  } catch (error) {
    if (codeOf(error) === "NOT_A_FILE") return { kind: "unreadable", why: "is no file" };
    if (codeOf(error) === "FILE_TOO_LARGE") {
      return { kind: "unreadable", why: `is larger than ${maxBytes} bytes` };
    }
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return { kind: "missing" };
    if (codeOf(error) === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      return { kind: "unreadable", why: "is not text in UTF-8" };
    }
    if (codeOf(error) === undefined) throw error;
    return { kind: "unreadable", why: `cannot be read: ${messageOf(error)}` };
  }
}
