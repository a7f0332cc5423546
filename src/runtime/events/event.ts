/** What happens to containers, images and rollouts, as the journal keeps it. */
import type { ContainerId, Digest } from "../../model/ids.ts";
import type { HealthState } from "../health/health.ts";

/** Something that happened, and when: milliseconds since the epoch. */
export type RuntimeEvent = Happening & { readonly time: number };

export type Happening = ContainerHappening | ImageHappening | WordHappening | RolloutHappening | RunHappening;

export type EventKind = Happening["kind"];

/** Enough to know a container by after it has been removed. */
export interface EventContainer {
  readonly id: ContainerId;
  readonly name: string;
  /** The reference that it was made from. */
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}

export type ContainerHappening = { readonly container: EventContainer } & (
  | { readonly kind: "create" | "start" | "stop" | "pause" | "unpause" | "remove" }
  /** Its process runs again: for the so manieth time. */
  | { readonly kind: "restart"; readonly restarts: number }
  /** We sent it a signal. */
  | { readonly kind: "kill"; readonly signal: number }
  /** The kernel killed a process of it for want of memory. */
  | { readonly kind: "oom" }
  /** Its process ended. Null where nobody saw with which code. */
  | { readonly kind: "die"; readonly exitCode: number | null; readonly oomKilled: boolean }
  /** Somebody runs a command in it, not a probe; `execId` goes with the end of the same one. */
  | { readonly kind: "exec_start"; readonly execId: string; readonly command: string }
  /** Null where nobody saw with which code it ended, or that it ever ran. That of a detached one nobody sees. */
  | {
      readonly kind: "exec_die";
      readonly execId: string;
      readonly command: string;
      readonly exitCode: number | null;
    }
  /** Its healthcheck or probes found it so, and it was not before; the reason is what the last of them found. */
  | { readonly kind: "health_status"; readonly status: HealthState; readonly reason?: string }
  /** conmon died under it: its output goes nowhere, and its exit code will not be known. */
  | { readonly kind: "monitor-lost" }
  /** A limit could not be set as it was asked for: `RLIMIT_NOFILE`; -1 is no limit. */
  | {
      readonly kind: "limit-lowered";
      readonly limit: string;
      readonly wanted: number;
      readonly given: number;
    }
);

export interface ImageHappening {
  readonly kind: "pull" | "load" | "image-remove";
  /** The reference. */
  readonly image: string;
  readonly digest?: Digest;
}

/** What somebody said by hand, or that it is over by itself. */
export interface WordHappening {
  readonly kind: WordKind;
  /** What it was said of: `shop`, `shop/web`. */
  readonly subject: string;
  /** Who said it; absent where it ended by itself. */
  readonly by?: string;
  readonly detail?: string;
}

/** A run of a scheduled service did not go as it should. */
export interface RunHappening {
  readonly kind: RunKind;
  /** `shop/backup`. */
  readonly subject: string;
  /** When it was to be: RFC 3339. */
  readonly run: string;
  readonly detail: string;
}

const runKinds = ["run-left-out", "run-delayed", "run-expired"] as const;

export type RunKind = (typeof runKinds)[number];

export function isRunKind(kind: EventKind): kind is RunKind {
  return runKinds.some((known) => known === kind);
}

const wordKinds = [
  "suspend",
  "resume",
  "rollout-pause",
  "rollout-resume",
  "stop-asked",
  "start-asked",
  "restart-asked",
  "rollback",
  "rollback-over",
  "rollout-promote",
] as const;

export type WordKind = (typeof wordKinds)[number];

export function isWordKind(kind: EventKind): kind is WordKind {
  return wordKinds.some((known) => known === kind);
}

/** How a stack comes to its revision. */
export interface RolloutHappening {
  readonly kind: RolloutKind;
  /** The stack. */
  readonly subject: string;
  readonly revision: string;
  readonly commit?: string;
  /** The revision that it goes back to. */
  readonly to?: string;
  /** Why it goes back, or is held. */
  readonly reason?: string;
}

const rolloutKinds = [
  "rollout-begun",
  "rollout-done",
  "rollout-held",
  "rollout-going-back",
  "rollout-rolled-back",
] as const;

export type RolloutKind = (typeof rolloutKinds)[number];

export function isRolloutKind(kind: EventKind): kind is RolloutKind {
  return rolloutKinds.some((known) => known === kind);
}

/** In no order of meaning; for checking what somebody names. */
export const eventKinds: readonly EventKind[] = Object.keys({
  create: true,
  start: true,
  restart: true,
  pause: true,
  unpause: true,
  kill: true,
  oom: true,
  die: true,
  stop: true,
  exec_start: true,
  exec_die: true,
  health_status: true,
  remove: true,
  "monitor-lost": true,
  "limit-lowered": true,
  pull: true,
  load: true,
  "image-remove": true,
  suspend: true,
  resume: true,
  "rollout-pause": true,
  "rollout-resume": true,
  "stop-asked": true,
  "start-asked": true,
  "restart-asked": true,
  rollback: true,
  "rollback-over": true,
  "rollout-promote": true,
  "rollout-begun": true,
  "rollout-done": true,
  "rollout-held": true,
  "rollout-going-back": true,
  "rollout-rolled-back": true,
  "run-left-out": true,
  "run-delayed": true,
  "run-expired": true,
} satisfies Record<EventKind, true>) as readonly EventKind[];
