/** Files that are in no folder: for handing a document to another program without leaving it anywhere. */
import { closeSync, writeSync } from "node:fs";
import { cString } from "./c-string.ts";
import { check, libc } from "./libc.ts";
import type { OpenFile } from "./open-beneath.ts";

const memfdCreate = libc("int memfd_create(const char *name, unsigned int flags)");
const closeOnExec = 1;

/** memfd_create(2). A program that inherits it as descriptor N reads it from its beginning as `/proc/self/fd/N`. */
export function memoryFile(content = ""): OpenFile {
  const fd = check(memfdCreate(cString("tallyman"), closeOnExec), "memfd_create", "tallyman");
  writeSync(fd, content);
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}
