/** Colours, where the stream shows them and NO_COLOR does not forbid it. */
import { styleText } from "node:util";
import type { Tone } from "../../reconcile/plan/render-text.ts";

type Format = Parameters<typeof styleText>[0];

/** To tell things apart that are alike otherwise. */
export type Hue = (typeof hues)[number];
export const hues = ["cyan", "yellow", "green", "magenta", "blue"] as const;

const formats: Record<Tone | Hue, Format> = {
  cyan: "cyan",
  yellow: "yellow",
  green: "green",
  magenta: "magenta",
  blue: "blue",
  added: "green",
  changed: "yellow",
  removed: "red",
  quiet: "dim",
  strong: "bold",
  bad: "red",
};

export type Paint = (tone: Tone | Hue, text: string) => string;

export function painter(stream: NodeJS.WriteStream): Paint {
  return (tone, text) => styleText(formats[tone], text, { stream, validateStream: true });
}
