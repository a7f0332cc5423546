/** Namespaces that outlive every process in them: each is held by a mount on a file. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { TallymanError } from "../model/error.ts";
import { isMounted } from "./is-mounted.ts";
import { bindMount } from "./mount.ts";
import { unmount } from "./unmount.ts";
import { waitUntil } from "./wait-until.ts";

/** Ids of the host that stand for 0, 1, ... inside. */
export interface IdRange {
  readonly first: number;
  readonly count: number;
}

/** A user namespace in which `ids` are mapped, users and groups alike. Nothing is at `path` before all of it is true. */
export async function pinUserNamespace(path: string, ids: IdRange): Promise<void> {
  await withUserNamespace(ids, (namespace) => pin(namespace, path));
}

/** Runs `work` with the path of a user namespace that is gone afterwards, unless something holds it then. */
export async function withUserNamespace(
  { first, count }: IdRange,
  work: (path: string) => Promise<void> | void,
): Promise<void> {
  await whileAnswering(["unshare", "--user", "cat"], "\n", async (pid) => {
    for (const map of ["uid_map", "gid_map"]) await writeFile(`/proc/${pid}/${map}`, `0 ${first} ${count}`);
    await work(`/proc/${pid}/ns/user`);
  });
}

/**
 * A network namespace whose loopback is up. It belongs to the user namespace at `owner`: who is root there rules the
 * network, and nobody is who is root elsewhere. `prepare` is a program that sets it up and becomes the one after it.
 */
export async function pinNetworkNamespace(
  path: string,
  { owner, prepare }: { readonly owner: string; readonly prepare: readonly string[] },
): Promise<void> {
  const enter = ["nsenter", `--user=${owner}`, "unshare", "--net", ...prepare];
  await whileAnswering(
    [...enter, "ip", "-batch", "-"],
    "link set lo up\nlink show lo\n",
    async (pid) => await pin(`/proc/${pid}/ns/net`, path),
  );
}

/** An IPC namespace, of the user namespace at `owner`, or the host's where that is undefined. */
export async function pinIpcNamespace(path: string, owner?: string): Promise<void> {
  const enter = owner === undefined ? [] : ["nsenter", `--user=${owner}`];
  await whileAnswering([...enter, "unshare", "--ipc", "cat"], "\n", async (pid) => {
    await pin(`/proc/${pid}/ns/ipc`, path);
  });
}

/** No error where there is none. */
export async function unpinNamespace(path: string): Promise<void> {
  while (unmount(path)) continue;
  await rm(path, { force: true });
}

/** Whether a namespace is mounted on `path`. */
export async function isPinned(path: string): Promise<boolean> {
  return isMounted(path);
}

async function pin(namespace: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, "");
  bindMount(namespace, path);
}

const answerTimeoutMs = 60_000;
const endTimeoutMs = 5_000;

/**
 * Runs `work` with the pid of a program that has answered `question` and waits for the next one: by then it is where
 * the programs before it in `argv` have put it.
 */
async function whileAnswering(
  argv: readonly string[],
  question: string,
  work: (pid: number) => Promise<void> | void,
): Promise<void> {
  const [command = "", ...args] = argv;
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(child, "close");
  const complaint: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => complaint.push(chunk));
  child.stdin.on("error", () => undefined); // where it ends early, the missing answer tells
  try {
    child.stdin.write(question);
    const signal = AbortSignal.timeout(answerTimeoutMs);
    await Promise.race([once(child.stdout, "data", { signal }), failure(ended, { argv, complaint })]);
    await work(child.pid ?? 0);
  } finally {
    child.kill("SIGKILL");
    const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
    if (child.pid !== undefined) await waitUntil(hasEnded, { timeoutMs: endTimeoutMs });
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    child.unref();
  }
}

async function failure(
  ended: Promise<unknown>,
  { argv, complaint }: { readonly argv: readonly string[]; readonly complaint: readonly Buffer[] },
): Promise<never> {
  const why = await ended.then(
    () => Buffer.concat(complaint).toString("utf8").trim() || "it ended without a word",
    (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)),
  );
  throw new TallymanError("NO_NAMESPACE", `no namespace can be made: ${argv.join(" ")}: ${why}`, {
    hint: "See /proc/sys/user/max_user_namespaces, and `tallyman doctor`.",
  });
}
