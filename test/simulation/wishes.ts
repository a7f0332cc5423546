/** What the files and people ask for, as the agent is told of it: the words of `holds`, `scale` and `restart`, laid over. */
import { applyHolds, type HoldKind, type StackHold } from "../../src/agent/holds.ts";
import { applyRestarts, type Restart } from "../../src/agent/restarts.ts";
import { applyScales, type Scale } from "../../src/agent/scaling.ts";
import { type RevisionId, serviceName, stackName } from "../../src/model/ids.ts";
import type { KeptRevision, RevisionEntry, Rollout } from "../../src/model/rollout.ts";
import type { Desired } from "../../src/reconcile/types.ts";
import { desire } from "../reconcile/build.ts";
import { type Files, revisionOf, stackOf } from "./stack.ts";
import type { Happening, Word } from "./story.ts";

type Said = Extract<Happening, { readonly kind: "said" }>;

export interface Memory {
  readonly rollouts: readonly Rollout[];
  /** Newest last. */
  readonly history: readonly RevisionEntry[];
  readonly kept: ReadonlyMap<RevisionId, KeptRevision>;
}

const stack = stackName("shop");

export class Wishes {
  #files: Files | undefined;
  #plain: Desired = desire();
  #restarts: readonly Restart[] = [];
  #scales: readonly Scale[] = [];
  #holds: readonly StackHold[] = [];
  #isRetried = false;

  change(files: Files | undefined): void {
    this.#files = files;
    this.#plain = files === undefined ? desire() : desire(stackOf(files));
  }

  /** Nobody holds anything back any longer. */
  release(): void {
    this.#holds = this.#holds.filter(({ kind }) => kind === "rollback" || kind === "promote");
  }

  say({ word, nth, number }: Said, memory: Memory, now: number): void {
    const files = this.#files;
    if (files === undefined) return;
    const names = Object.keys(files);
    const service = serviceName(names[nth % names.length] ?? "web");
    const restart = (asked: Partial<Restart>): void => {
      this.#restarts = [...this.#restarts, { stack, ...asked, at: now }];
    };
    const says: Record<Word, () => void> = {
      suspend: () => this.#hold("suspend", now),
      resume: () => this.#letGo("suspend"),
      pause: () => this.#hold("pause", now),
      "resume-rollout": () => this.#letGo("pause"),
      stop: () => this.#hold("stop", now),
      "stop-service": () => this.#hold("stop", now, { service }),
      start: () => this.#letGo("stop"),
      promote: () => this.#hold("promote", now, { from: revisionOf(files) }),
      rollback: () => this.#rollBack(memory, now),
      retry: () => (this.#isRetried = true),
      scale: () => (this.#scales = [{ stack, service, replicas: number, revision: revisionOf(files) }]),
      restart: () => restart({}),
      "restart-service": () => restart({ service }),
    };
    says[word]();
  }

  /** What is over is forgotten with it. */
  desired({ rollouts, kept }: Memory, now: number): Desired {
    const scaled = applyScales(applyRestarts(this.#plain, this.#restarts), this.#scales, now);
    const held = applyHolds(scaled.desired, this.#holds, {
      now,
      rollouts,
      retry: this.#isRetried,
      kept: (_, revision) => kept.get(revision),
    });
    this.#isRetried = false;
    this.#holds = this.#holds.filter((hold) => !held.ended.includes(hold));
    this.#scales = this.#scales.filter((scale) => !scaled.ended.includes(scale));
    return held.desired;
  }

  #hold(kind: HoldKind, since: number, more: Partial<StackHold> = {}): void {
    this.#holds = [...this.#holds, { kind, stack, by: "alice", since, ...more }];
  }

  #letGo(kind: HoldKind): void {
    this.#holds = this.#holds.filter((hold) => hold.kind !== kind);
  }

  /** To the newest revision that stood, and is not what the files ask for. */
  #rollBack({ history }: Memory, now: number): void {
    const from = this.#files && revisionOf(this.#files);
    const to = history.findLast(
      ({ images, revision }) => images !== undefined && revision !== from,
    )?.revision;
    if (from === undefined || to === undefined) return;
    this.#holds = this.#holds.filter(({ kind }) => kind !== "rollback");
    this.#hold("rollback", now, { from, to });
  }
}
