/** What is copied, one after another: a folder before what is in it. */
import type { ByteString } from "../image/tar/header.ts";
import type { Attributes } from "../image/tar/attributes.ts";

export type CopyEntry = Attributes & {
  /** Relative, without `.` or `..`; empty for the folder itself that is copied. */
  readonly path: ByteString;
} & (
    | { readonly kind: "directory" }
    | { readonly kind: "symlink"; readonly target: ByteString }
    /** A further name of a file; `target` as `path`. Only archives have them. */
    | { readonly kind: "link"; readonly target: ByteString }
    | {
        readonly kind: "file";
        readonly sizeBytes: number;
        /** A piece of the content of at most `max` bytes; none at its end, which a file that shrinks has early. */
        next(max: number): Buffer | Promise<Buffer>;
      }
  );

export type CopyEntries = Iterable<CopyEntry> | AsyncIterable<CopyEntry>;

/** Is told of what cannot be copied: devices, sockets, fifos, the kernel's own file systems, attributes. */
export type LeftOut = (path: ByteString, what: string) => void;
