/** A failed system call, in words that name the side and the path: the call itself knows only descriptors. */
import { getSystemErrorMap } from "node:util";
import { codeOf, TallymanError } from "../../model/error.ts";

/** By code. */
const texts: ReadonlyMap<string, string> = new Map(getSystemErrorMap().values());

const words: Readonly<Partial<Record<string, string>>> = {
  EROFS: "it is on a read-only file system",
  EBUSY: "something is mounted there, which cannot be replaced",
  EXDEV: "it leads out of the folder that is copied to",
  ENOENT: "it is not there",
  ENOTDIR: "it is not a folder",
  ELOOP: "too many links",
};

/** What is no system call's failure is given back as it is. */
export function located(error: unknown, side: string, path: string): unknown {
  const code = codeOf(error);
  const text = code === undefined ? undefined : (words[code] ?? texts.get(code));
  if (code === undefined || text === undefined) return error;
  return new TallymanError(code, `${path} ${side}: ${text}`, { cause: error });
}
