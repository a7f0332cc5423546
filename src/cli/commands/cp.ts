/** `cp`: files between a running container and this machine. Takes no lock. */
import { once } from "node:events";
import { resolve } from "node:path";
import { replicasOf } from "../../agent/replica.ts";
import { selectReplica } from "../../agent/select.ts";
import { TallymanError } from "../../model/error.ts";
import { printableLine } from "../../model/printable.ts";
import { copy, copyIn, copyOut, type CopyOptions, type Place } from "../../runtime/copy/copy.ts";
import { containerSide, thisMachine } from "../../runtime/copy/side.ts";
import { openReader } from "../../runtime/open-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import type { CommandContext } from "./context.ts";

export interface CpOptions {
  /** `NAME:PATH`, a path here, or `-`. */
  readonly from: string;
  readonly to: string;
  readonly index?: number | undefined;
  /** Keep users and groups. */
  readonly archive: boolean;
  readonly followLink: boolean;
}

export async function cp(options: CpOptions, { terminal, signal }: CommandContext): Promise<ExitCode> {
  const [from, to] = [inContainer(options.from), inContainer(options.to)];
  const inside = from ?? to;
  if (!inside || (from && to)) {
    throw new TallymanError(
      "BAD_COPY",
      "one side of a copy is a container, NAME:PATH, and the other is not",
      {
        hint: "A path here that has a colon begins with ./ or /.",
      },
    );
  }
  if (to === undefined && options.to === "-" && process.stdout.isTTY) {
    throw new TallymanError("NO_OUTPUT", "an archive is nothing for a terminal", {
      hint: "Send stdout to a file or program.",
    });
  }
  const paths = directories(process.env);
  const { index } = options;
  const { id } = selectReplica(replicasOf(await openReader(paths).list()), inside.name, { index });
  using side = containerSide(paths, id);
  const place: Place = { side, path: inside.path };
  const source = from?.path ?? options.from;
  const copying: CopyOptions = {
    ...options,
    signal,
    leftOut: (path, what) =>
      terminal.err(`Left out ${printableLine(Buffer.from(path, "latin1").toString()) || source}: ${what}.\n`),
  };
  if (to) {
    if (options.from === "-") await fromStdin(place, copying);
    else await copy(here(options.from), place, copying);
  } else if (options.to === "-") await toStdout(copyOut(place, copying), signal);
  else await copy(place, here(options.to), copying);
  return exitCode.done;
}

/** As in Docker: a name before the first colon, unless the whole is plainly a path. */
function inContainer(text: string): { readonly name: string; readonly path: string } | undefined {
  const colon = text.indexOf(":");
  if (colon < 1 || text.startsWith("/") || text.startsWith(".")) return undefined;
  return { name: text.slice(0, colon), path: text.slice(colon + 1) };
}

/** What its end says, `/` or `/.`, is kept. */
function here(text: string): Place {
  const end = /(?:^|\/)\.$/.test(text) ? "/." : text.endsWith("/") ? "/" : "";
  return { side: thisMachine, path: `${resolve(text)}${end}` };
}

/** After a failure nobody waits for the rest of it. */
async function fromStdin(place: Place, copying: CopyOptions): Promise<void> {
  try {
    await copyIn(process.stdin, place, copying);
  } finally {
    process.stdin.destroy();
  }
}

async function toStdout(archive: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void> {
  for await (const chunk of archive) {
    signal.throwIfAborted();
    if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
  }
}
