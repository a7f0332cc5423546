/** Copies files between a running container and this machine, or an archive, beside whoever holds the lock. */
import { TallymanError } from "../../model/error.ts";
import { joinPath, type ByteString } from "../image/tar/header.ts";
import { archiveEntries } from "./archive-entries.ts";
import { archiveOf } from "./archive-of.ts";
import type { CopyEntries, CopyEntry, LeftOut } from "./entry.ts";
import { located } from "./located.ts";
import { openSource, openTarget } from "./open-place.ts";
import { pack } from "./pack.ts";
import { nameOfCopy } from "./plan-copy.ts";
import type { Side } from "./side.ts";
import { unpack } from "./unpack.ts";

export interface Place {
  readonly side: Side;
  readonly path: string;
}

export interface CopyOptions {
  /** Owners are kept; else they are root in a container, and the caller here. */
  readonly archive: boolean;
  /** A link that is named as source is followed. */
  readonly followLink: boolean;
  readonly signal: AbortSignal;
  readonly leftOut: LeftOut;
}

/** As `docker cp`. Throws NOT_A_FOLDER, NO_SUCH_FOLDER, IN_THE_WAY, and the codes of open(2) and its kin. */
export async function copy(from: Place, to: Place, options: CopyOptions): Promise<void> {
  using source = openSource(from.side, from.path, options);
  using target = openTarget(to.side, to.path);
  const entries = packed(source.fd, { from, name: nameOfCopy(source, target), options });
  await unpack(entries, target.fd, { ...options, side: to.side });
}

/** A tar archive. */
export async function* copyOut(from: Place, options: CopyOptions): AsyncGenerator<Buffer, void, undefined> {
  using source = openSource(from.side, from.path, options);
  const name = source.contentOnly ? "" : source.name;
  yield* archiveOf(packed(source.fd, { from, name, options }));
}

/** Unpacks a tar archive into a folder. Throws as {@link copy}, and ARCHIVE_CORRUPT and ARCHIVE_REFUSED. */
export async function copyIn(archive: AsyncIterable<Buffer>, to: Place, options: CopyOptions): Promise<void> {
  using target = openTarget(to.side, to.path);
  if (target.kind !== "folder") {
    throw new TallymanError("NOT_A_FOLDER", `${target.text} is no folder to unpack an archive into`);
  }
  await unpack(archiveEntries(archive, options.leftOut), target.fd, { ...options, side: to.side });
}

interface PackedAs {
  readonly from: Place;
  readonly name: string;
  readonly options: CopyOptions;
}

function* packed(fd: number, { from, name, options }: PackedAs): Generator<CopyEntry> & CopyEntries {
  const base: ByteString = Buffer.from(name).toString("latin1");
  const { owners, name: sideName } = from.side;
  let last = "";
  try {
    for (const entry of pack(fd, { owners, leftOut: options.leftOut })) {
      last = entry.path;
      yield { ...entry, path: entry.path === "" ? base : joinPath(base, entry.path) };
    }
  } catch (error) {
    throw located(error, sideName, joinPath(from.path, last));
  }
}
