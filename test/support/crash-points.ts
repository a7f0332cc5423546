/**
 * Crash points, by preloading this into a program (`node --import`): each call that changes the world (a file, a
 * process, a mount) made from `src` is one, named after its place. Nothing in `src` marks them, so none can be
 * forgotten.
 *
 *   CRASH_LOG=FILE    each point is appended to the file, a line each, as it is reached
 *   CRASH_AT=POINT    the program kills itself there with SIGKILL, the first time
 *
 * A point is `before PLACE CALL #N` or `after PLACE CALL #N`, with N counting the calls of one place; `after` is when
 * the call has returned, or when its promise is settled. Points count from {@link countCrashPoints} on. Programs of
 * ours that it starts from then on have points, too, and are killed alone.
 */
import childProcess from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { fileURLToPath } from "node:url";
import koffi from "koffi";

const { CRASH_LOG: logPath, CRASH_AT: crashAt, CRASH_CHILD: isChild } = process.env;
const src = fileURLToPath(new URL("../../src/", import.meta.url));
const { writeSync, constants } = fs;
const log = logPath === undefined ? undefined : fs.openSync(logPath, "a");
const kill = process.kill.bind(process);
const counts = new Map<string, number>();
let counting = isChild !== undefined;

/** From here on, calls are points: what came before was preparation. */
export function countCrashPoints(): void {
  counting = true;
}

const fileCalls = [
  ...["appendFile", "chmod", "chown", "copyFile", "cp", "fchmod", "fchown", "ftruncate", "futimes", "lchown"],
  ...["link", "lutimes", "mkdir", "mkdtemp", "rename", "rm", "rmdir", "symlink", "truncate", "unlink"],
  ...["utimes", "write", "writeFile", "writev"],
];
const handleCalls = ["appendFile", "chmod", "chown", "truncate", "utimes", "write", "writeFile", "writev"];
/** They change nothing that outlives the program: what is sent are questions to the kernel about its rules. */
const harmlessLibraryCalls =
  /\b(flock|fgetxattr|lgetxattr|flistxattr|llistxattr|syncfs|statfs|isatty|poll|fcntl|socket|send|recv)\(/;

type Callable = (this: unknown, ...args: unknown[]) => unknown;
type Calls = Record<string, Callable>;

if (logPath !== undefined || crashAt !== undefined) {
  const files = fs as unknown as Calls;
  const promises = fs.promises as unknown as Calls;
  for (const name of fileCalls) {
    wrap(files, `${name}Sync`);
    wrap(promises, name);
  }
  wrap(files, "openSync", ([, flags]) => writes(flags));
  wrap(promises, "open", ([, flags]) => writes(flags));
  wrapOwnPrograms(childProcess as unknown as Calls);
  wrap(childProcess as unknown as Calls, "spawn");
  wrap(childProcess as unknown as Calls, "spawnSync");
  wrap(process as unknown as Calls, "kill", ([, signal]) => signal !== 0);
  wrapFileHandles();
  wrapLibraryCalls();
  syncBuiltinESMExports();
}

function wrap(owner: Calls, name: string, matters: (args: readonly unknown[]) => boolean = always): void {
  const original = owner[name];
  if (original === undefined) return;
  owner[name] = function (this: unknown, ...args) {
    return matters(args) ? around(name, () => original.apply(this, args)) : original.apply(this, args);
  };
}

function always(): boolean {
  return true;
}

function around(name: string, call: () => unknown): unknown {
  const place = counting ? placeOfCall() : undefined;
  if (place === undefined) return call();
  const key = `${place} ${name}`;
  const occurrence = (counts.get(key) ?? 0) + 1;
  counts.set(key, occurrence);
  reach(`before ${key} #${occurrence}`);
  const result = call();
  if (!(result instanceof Promise)) {
    reach(`after ${key} #${occurrence}`);
    return result;
  }
  const settled = (): void => reach(`after ${key} #${occurrence}`);
  return result.finally(settled);
}

function reach(point: string): void {
  if (log !== undefined) writeSync(log, `${point}\n`);
  if (point === crashAt) kill(process.pid, "SIGKILL");
}

/** `runtime/container/create.ts:27`: the nearest caller in `src` outside of `sys`, or in `sys` where there is none. */
function placeOfCall(): string | undefined {
  const places = (new Error().stack ?? "")
    .split("\n")
    .flatMap((line) => /file:\/\/(\/[^)]+?):(\d+):\d+\)?$/.exec(line)?.slice(1, 3).join(":") ?? [])
    .filter((place) => place.startsWith(src))
    .map((place) => place.slice(src.length));
  const [nearest] = places;
  const caller = places.find((place) => !place.startsWith("sys/"));
  return caller === undefined || caller === nearest ? nearest : `${caller} ${nearest ?? ""}`;
}

function writes(flags: unknown): boolean {
  if (typeof flags === "number") return (flags & (constants.O_CREAT | constants.O_TRUNC)) !== 0;
  return typeof flags === "string" && !flags.startsWith("r");
}

/** This, preloaded into the Node programs that it starts, with what it was told. */
function wrapOwnPrograms(calls: Calls): void {
  const { spawn } = calls;
  calls["spawn"] = (command, args, options) => {
    if (command !== process.execPath || !counting) return spawn?.(command, args, options);
    const given = options as { readonly env?: NodeJS.ProcessEnv };
    const env = { ...given.env, CRASH_LOG: logPath, CRASH_AT: crashAt, CRASH_CHILD: "yes" };
    const preloaded = ["--import", import.meta.url, ...(args as readonly string[])];
    return spawn?.(command, preloaded, { ...given, env });
  };
}

/** Their class is nowhere exported: its prototype is taken from one of them. */
function wrapFileHandles(): void {
  const open = fs.promises.open.bind(fs.promises);
  let wrapped = false;
  fs.promises.open = async (path, flags, mode) => {
    const handle = await open(path, flags, mode);
    if (!wrapped) for (const name of handleCalls) wrap(Object.getPrototypeOf(handle) as Calls, name);
    wrapped = true;
    return handle;
  };
}

function wrapLibraryCalls(): void {
  const load = koffi.load.bind(koffi);
  koffi.load = (path) => {
    const library = load(path);
    const declare = library.func.bind(library) as (prototype: string) => Callable;
    const func = (prototype: string): Callable => {
      const call = declare(prototype);
      if (harmlessLibraryCalls.test(prototype)) return call;
      const name = /(\w+)\(/.exec(prototype)?.[1] ?? prototype;
      return (...args) => {
        let errno = 0;
        const result = around(name, () => {
          const returned = call(...args);
          errno = koffi.errno();
          return returned;
        });
        koffi.errno(errno); // logging has calls of its own
        return result;
      };
    };
    return Object.create(library, { func: { value: func } }) as typeof library;
  };
}
