/** The C library, for what Node does not offer. Each function throws a {@link SystemError}; none blocks for long. */
import { getSystemErrorMap } from "node:util";
import koffi, { type LibraryHandle } from "koffi";
import { TallymanError } from "../model/error.ts";

/** Made anew at each call of getSystemErrorMap. */
const errors = getSystemErrorMap();

/** A failed system call, with `code` as Node names it (`EBUSY`). */
export class SystemError extends TallymanError {
  constructor(call: string, subject: string, errno: number) {
    const [code, text] = errors.get(-errno) ?? [`E${errno}`, `error ${errno}`];
    super(code, `${call} ${subject}: ${text}`);
  }
}

type Argument = string | number | bigint | Uint8Array | null;

let library: LibraryHandle | undefined;

/** Declares a function of the C library by its prototype; the library is opened at its first call. */
export function libc(prototype: string): (...args: readonly Argument[]) => number {
  let declared: ((...args: readonly Argument[]) => number | bigint) | undefined;
  return (...args) => {
    library ??= koffi.load("libc.so.6");
    declared ??= library.func(prototype) as (...args: readonly Argument[]) => number | bigint;
    return Number(declared(...args));
  };
}

/** Throws where `result`, just returned by a call through {@link libc}, is negative. */
export function check(result: number, call: string, subject: string): number {
  if (result < 0) throw new SystemError(call, subject, koffi.errno());
  return result;
}
