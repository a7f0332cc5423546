/** An image as the user would write it: one on disk relative to the working directory, where that is shorter. */
import { isAbsolute, relative } from "node:path";

export function imageName(reference: string): string {
  if (!isAbsolute(reference)) return reference;
  const path = relative(process.cwd(), reference);
  const marked = path.startsWith("..") ? path : `./${path}`; // never to be taken for a name in a registry
  return marked.length < reference.length ? marked : reference;
}
