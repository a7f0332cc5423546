/** A bare repository that mirrors one ref of a remote, run with hardened git. */
import { mkdir, rename, rm } from "node:fs/promises";
import { simpleGit, type SimpleGit } from "simple-git";
import { messageOf, TallymanError } from "../model/error.ts";
import { withoutCredentials, type GitLocation } from "./git-location.ts";

export interface MirrorOptions {
  /** The folder of the bare repository. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /**
   * Where it is aborted, git leaves behind what speaks to the remote, which ends by itself when it has heard next to
   * nothing for so long.
   */
  readonly silenceMs: number;
}

/**
 * Fetches the location's ref, without its history, and returns the full id of its commit. A mirror that cannot be
 * used, for whatever reason, is made anew beside the old one and takes its place when it has fetched.
 */
export async function fetchCommit(location: GitLocation, options: MirrorOptions): Promise<string> {
  try {
    return await fetchInto(options.folder, location, options);
  } catch {
    options.signal.throwIfAborted();
    return await fetchAnew(location, options);
  }
}

/** Writes the files of a commit into `target`, an existing empty folder. Nothing in the repository is run. */
export async function checkOut(commit: string, target: string, options: MirrorOptions): Promise<void> {
  const index = `${target}.index`;
  try {
    const git = hardenedGit(target, {
      ...options,
      env: { GIT_DIR: options.folder, GIT_WORK_TREE: target, GIT_INDEX_FILE: index },
    });
    await git.raw("read-tree", commit);
    await git.raw("checkout-index", "--all");
  } finally {
    await rm(index, { force: true });
  }
}

const head = "refs/tallyman/head";

async function fetchInto(folder: string, location: GitLocation, options: MirrorOptions): Promise<string> {
  const git = hardenedGit(folder, { ...options, env: { GIT_DIR: folder } });
  const refspec = `+${location.ref}:${head}`;
  await git.raw("fetch", "--quiet", "--force", "--no-tags", "--depth=1", "--", location.url, refspec);
  return (await git.raw("rev-parse", "--verify", `${head}^{commit}`)).trim();
}

async function fetchAnew(location: GitLocation, options: MirrorOptions): Promise<string> {
  const beside = `${options.folder}.new`;
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside, { recursive: true, mode: 0o700 });
  try {
    const git = hardenedGit(beside, { ...options, env: { GIT_DIR: beside } });
    await git.raw("init", "--quiet", "--bare");
    const commit = await fetchInto(beside, location, options);
    await rm(options.folder, { recursive: true, force: true });
    await rename(beside, options.folder);
    return commit;
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    options.signal.throwIfAborted();
    throw fetchError(location, error);
  }
}

/** Its cause is left out: it holds the whole command line, with the credentials. */
function fetchError(location: GitLocation, error: unknown): TallymanError {
  const reason = withoutCredentials(messageOf(error)).trim();
  const [, hint] = hints.find(([pattern]) => pattern.test(reason)) ?? [];
  return new TallymanError(
    "GIT_FETCH_FAILED",
    `cannot fetch ${location.ref} of ${location.shownUrl}: ${reason}`,
    { hint: hint ?? "Try the same with: git ls-remote URL" },
  );
}

const hints: readonly (readonly [RegExp, string])[] = [
  [/couldn't find remote ref/i, "The repository has no such branch or tag: see them with git ls-remote URL."],
  [/host key verification/i, "Add the server's key to known_hosts: ssh-keyscan HOST, and compare it."],
  [
    /permission denied|authentication failed|terminal prompts disabled|could not read username/i,
    "Give this host access: a deploy key for SSH, or a token in the URL or in ~/.netrc.",
  ],
  [
    /does not exist|not found|does not appear to be a git/i,
    "See whether the URL is right and the repository is there.",
  ],
  [
    /could not resolve|unable to access|could not read from remote|connect/i,
    "The server cannot be reached from here.",
  ],
];

/** Taken over from our environment: how to reach servers and agents, nothing that names a program. */
const passedOn = ["PATH", "HOME", "SSH_AUTH_SOCK", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE"];

/** No configuration but ours, no hooks, no questions, no helper that a URL could name. */
function hardenedGit(
  folder: string,
  options: Omit<MirrorOptions, "folder"> & { readonly env: Readonly<Record<string, string>> },
): SimpleGit {
  const env: Record<string, string> = {
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: "file:git:http:https:ssh",
    GIT_SSH_COMMAND:
      "ssh -oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=10 -oServerAliveCountMax=3",
    GIT_TEMPLATE_DIR: "",
    LC_ALL: "C.UTF-8",
    ...options.env,
  };
  const inherited = passedOn.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return simpleGit({
    baseDir: folder,
    abort: options.signal,
    config: [
      ...["core.hooksPath=/dev/null", "core.fsmonitor=false", "gc.autoDetach=false"],
      ...["http.lowSpeedLimit=1000", `http.lowSpeedTime=${Math.ceil(options.silenceMs / 1000)}`],
    ],
    allowEnvironment: Object.keys(env).filter((name) => name.startsWith("GIT_")),
    unsafe: {
      allowUnsafeConfigPaths: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeHooksPath: true,
      allowUnsafeProtocolOverride: true,
      allowUnsafeSshCommand: true,
      allowUnsafeTemplateDir: true,
    },
  }).env({ ...Object.fromEntries(inherited), ...env });
}
