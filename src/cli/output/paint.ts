/** Colours, where the stream shows them and NO_COLOR does not forbid it. */
import { styleText } from "node:util";
import type { Tone } from "../../reconcile/plan/render-text.ts";

type Format = Parameters<typeof styleText>[0];

const formats: Record<Tone, Format> = {
  added: "green",
  changed: "yellow",
  removed: "red",
  quiet: "dim",
  strong: "bold",
  bad: "red",
};

export type Paint = (tone: Tone, text: string) => string;

export function painter(stream: NodeJS.WriteStream): Paint {
  return (tone, text) => styleText(formats[tone], text, { stream, validateStream: true });
}
