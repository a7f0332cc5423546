/** Stack files in a Git repository: each commit is checked out once, aside, into a folder that never changes. */
import { createHash } from "node:crypto";
import { mkdir, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { TallymanError } from "../model/error.ts";
import { addCheckout, checkoutFolder, keep, readKept } from "./checkouts.ts";
import { findStacks } from "./find-stacks.ts";
import { gitLocation, type GitAddress, type GitLocation } from "./git-location.ts";
import { checkOut, fetchCommit } from "./git-mirror.ts";
import type { Snapshot, Source } from "./types.ts";

export interface GitSourceOptions extends GitAddress {
  /** All that is written is in its `sources` folder. A dry run gives a temporary one. */
  readonly dataDir: string;
  /** How often `watch` asks for a look. */
  readonly intervalMs: number;
  /** A fetch that takes longer fails. Default 60 s. */
  readonly deadlineMs?: number;
}

/** Throws where URL, ref or path are not what they should be. One per data directory and location at a time. */
export function openGitSource(options: GitSourceOptions): Source {
  return new GitSource(gitLocation(options), options);
}

class GitSource implements Source {
  readonly #location: GitLocation;
  readonly #folder: string;
  readonly #intervalMs: number;
  readonly #deadlineMs: number;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(location: GitLocation, options: GitSourceOptions) {
    this.#location = location;
    this.#folder = join(options.dataDir, "sources", folderName(location));
    this.#intervalMs = options.intervalMs;
    this.#deadlineMs = options.deadlineMs ?? 60_000;
  }

  get id(): Source["id"] {
    return this.#location.id;
  }

  async fetch(options: { readonly signal?: AbortSignal } = {}): Promise<Snapshot> {
    const deadline = AbortSignal.timeout(this.#deadlineMs);
    const signal = options.signal ? AbortSignal.any([deadline, options.signal]) : deadline;
    try {
      return await this.#fetch(signal);
    } catch (error) {
      throw deadline.aborted ? this.#tooLate() : error;
    }
  }

  async last(): Promise<Snapshot | undefined> {
    const { good, current } = await readKept(this.#folder);
    const commit = good ?? current;
    return commit === undefined ? undefined : this.#snapshot(commit);
  }

  async markGood(snapshot: Snapshot): Promise<void> {
    const { commit } = snapshot;
    const kept = await readKept(this.#folder);
    if (commit === undefined || commit === kept.good) return;
    await keep(this.#folder, { ...kept, good: commit });
  }

  watch(listener: () => void): AsyncDisposable {
    const timer = setInterval(listener, this.#intervalMs).unref();
    this.#timers.add(timer);
    return {
      [Symbol.asyncDispose]: () => {
        clearInterval(timer);
        return Promise.resolve();
      },
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    return Promise.resolve();
  }

  async #fetch(signal: AbortSignal): Promise<Snapshot> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const mirror = { folder: join(this.#folder, "mirror.git"), signal, silenceMs: this.#deadlineMs };
    const commit = await fetchCommit(this.#location, mirror);
    await addCheckout(this.#folder, commit, (target) => checkOut(commit, target, mirror));
    const snapshot = await this.#snapshot(commit);
    const kept = await readKept(this.#folder);
    if (commit !== kept.current) await keep(this.#folder, { ...kept, current: commit });
    return snapshot;
  }

  async #snapshot(commit: string): Promise<Snapshot> {
    const root = checkoutFolder(this.#folder, commit);
    const path = join(root, this.#location.path);
    await this.#checkInside(root, path);
    const stacks = await findStacks([path]).catch((error: unknown) => {
      throw this.#inItsWords(error, { root, commit });
    });
    for (const file of stacks.flatMap((stack) => stack.files)) await this.#checkInside(root, file);
    return { stacks, commit };
  }

  /** A link in the repository must not make us read the host's files. */
  async #checkInside(root: string, path: string): Promise<void> {
    const [realRoot, real] = await Promise.all([realpath(root), realpath(path).catch(() => undefined)]);
    if (real === undefined || real === realRoot || real.startsWith(realRoot + sep)) return;
    const inside = path.slice(root.length + 1);
    throw new TallymanError(
      "LINK_LEAVES_SOURCE",
      `${inside} in ${this.#location.shownUrl} links to ${real}`,
      {
        hint: "Put the file itself into the repository.",
      },
    );
  }

  /** Says the place in the repository rather than that of our checkout. */
  #inItsWords(error: unknown, { root, commit }: { root: string; commit: string }): unknown {
    if (!(error instanceof TallymanError)) return error;
    const where = `commit ${commit.slice(0, 12)} of ${this.#location.shownUrl}`;
    const message = error.message.replaceAll(root, where);
    return new TallymanError(error.code, message, { hint: error.hint, cause: error });
  }

  #tooLate(): TallymanError {
    const { ref, shownUrl } = this.#location;
    const seconds = Math.round(this.#deadlineMs / 1000);
    return new TallymanError("GIT_TIMEOUT", `fetching ${ref} of ${shownUrl} took longer than ${seconds} s`, {
      hint: "The server does not answer, or the way to it drops packets: try git ls-remote URL from here.",
    });
  }
}

/** The same for the same location, whoever's credentials the URL holds. */
function folderName(location: GitLocation): string {
  return createHash("sha256").update(location.id).digest("hex").slice(0, 12);
}
