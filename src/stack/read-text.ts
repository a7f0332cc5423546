/** Reads a text file within bounds; what cannot be read is an answer, not an exception. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { codeOf, messageOf } from "../model/error.ts";

const maxBytes = 1024 * 1024;

export type ReadText =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "missing" }
  /** `why` goes on after the file's name: "is no file". */
  | { readonly kind: "unreadable"; readonly why: string };

export async function readText(path: string): Promise<ReadText> {
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for its writer.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { size } = await file.stat().then((stat) => (stat.isFile() ? stat : { size: undefined }));
    if (size === undefined) return { kind: "unreadable", why: "is no file" };
    if (size > maxBytes) return { kind: "unreadable", why: `is larger than ${maxBytes} bytes` };
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true }).decode(await file.readFile()) };
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return { kind: "missing" };
    if (codeOf(error) === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      return { kind: "unreadable", why: "is not text in UTF-8" };
    }
    if (codeOf(error) === undefined) throw error;
    return { kind: "unreadable", why: `cannot be read: ${messageOf(error)}` };
  }
}
