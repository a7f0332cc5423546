/** Files that others read while we write: whole at once. They need not outlive a power cut, which empties /run. */
import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** For everybody to read. dnsmasq leaves alone what begins with a dot. */
export function replaceFile(path: string, text: string): void {
  const temporary = join(dirname(path), `.${basename(path)}`);
  writeFileSync(temporary, text);
  chmodSync(temporary, 0o644);
  renameSync(temporary, path);
}
