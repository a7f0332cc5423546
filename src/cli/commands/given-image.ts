/** An image as it was given on the command line: a path is taken from the working directory. */
import { isAbsolute, resolve } from "node:path";

export function givenImage(text: string): string {
  return text.startsWith(".") || isAbsolute(text) ? resolve(text) : text;
}
