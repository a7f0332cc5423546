/** `tag`: gives an image a further name. */
import { openImages } from "../../runtime/open.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { givenImage } from "./given-image.ts";

export interface TagOptions {
  readonly image: string;
  readonly name: string;
}

export async function tag({ image, name }: TagOptions): Promise<ExitCode> {
  const images = await openImages(directories(process.env));
  await images.tag(givenImage(image), name);
  return exitCode.done;
}
