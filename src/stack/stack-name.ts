/** The name of a stack whose file gives none. */

/** From the folder's name, as Compose does it: in lower case, without what a name may not hold. May be empty. */
export function defaultStackName(folder: string): string {
  return folder
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");
}
