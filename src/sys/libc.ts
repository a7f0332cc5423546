/** The C library, for what Node does not offer. Each function throws a {@link SystemError}. */
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
  let declared: Declared | undefined;
  return (...args) => {
    declared ??= declare(prototype);
    return Number(declared(...args));
  };
}

/** The same for a call that blocks for long: it is made on a thread of its own, whose `errno` nobody sees. */
export function libcAside(prototype: string): (...args: readonly Argument[]) => Promise<number> {
  let declared: Declared | undefined;
  return (...args) => {
    const { async: call } = (declared ??= declare(prototype));
    return new Promise((resolve, reject) => {
      call(...args, (error: Error | null, result: number | bigint) => {
        if (error) reject(error);
        else resolve(Number(result));
      });
    });
  };
}

interface Declared {
  (...args: readonly Argument[]): number | bigint;
  readonly async: (...args: readonly (Argument | Done)[]) => void;
}

type Done = (error: Error | null, result: number | bigint) => void;

function declare(prototype: string): Declared {
  library ??= koffi.load("libc.so.6");
  return library.func(prototype) as Declared;
}

/** Throws where `result`, just returned by a call through {@link libc}, is negative. */
export function check(result: number, call: string, subject: string): number {
  if (result < 0) throw new SystemError(call, subject, koffi.errno());
  return result;
}
