/**
 * Files that somebody else named: only plain ones are opened. To open a fifo waits for its writer, to open a device is
 * to use it (a watchdog restarts the machine), and some files of /proc never end.
 */
import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { TallymanError } from "../model/error.ts";
import { pathOnly } from "./openat2.ts";

/** For reading. Throws NOT_A_FILE, and what open(2) gives. */
export async function openPlainFile(path: string): Promise<FileHandle> {
  await using found = await open(path, pathOnly);
  if (!(await found.stat()).isFile()) throw new TallymanError("NOT_A_FILE", `${path} is no file`);
  return await open(`/proc/self/fd/${found.fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
}

/** All of it. Throws NOT_A_FILE, FILE_TOO_LARGE where it has more than `maxBytes`, and what open(2) gives. */
export async function readPlainFile(path: string, options: { readonly maxBytes: number }): Promise<Buffer> {
  const { maxBytes } = options;
  await using file = await openPlainFile(path);
  const chunks: Buffer[] = [];
  // One more than allowed is asked for: what a file says of its size need not be true.
  for await (const chunk of file.createReadStream({ end: maxBytes, autoClose: false })) {
    chunks.push(chunk as Buffer);
  }
  const content = Buffer.concat(chunks);
  if (content.length <= maxBytes) return content;
  throw new TallymanError("FILE_TOO_LARGE", `${path} is larger than ${maxBytes} bytes`);
}
