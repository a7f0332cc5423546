import { expect, it } from "vitest";
import { containerId, digest } from "../../../src/model/ids.ts";
import { eventKinds, type EventKind, type Happening } from "../../../src/runtime/events/event.ts";
import { parseEvent } from "../../../src/runtime/events/parse-event.ts";

const time = "2026-01-31T12:00:00.500Z";
const container = { id: containerId("0123456789ab"), name: "web-1", image: "nginx", labels: { a: "b" } };
const image = "nginx";

const happenings: { readonly [Kind in EventKind]: Happening & { readonly kind: Kind } } = {
  create: { kind: "create", container },
  start: { kind: "start", container },
  restart: { kind: "restart", container, restarts: 2 },
  pause: { kind: "pause", container },
  unpause: { kind: "unpause", container },
  kill: { kind: "kill", container, signal: 15 },
  oom: { kind: "oom", container },
  die: { kind: "die", container, exitCode: null, oomKilled: true },
  stop: { kind: "stop", container },
  remove: { kind: "remove", container },
  exec_start: { kind: "exec_start", container, execId: "0a1b2c", command: "sh -c true" },
  exec_die: { kind: "exec_die", container, execId: "0a1b2c", command: "sh -c true", exitCode: null },
  health_status: { kind: "health_status", container, status: "healthy" },
  "monitor-lost": { kind: "monitor-lost", container },
  "limit-lowered": { kind: "limit-lowered", container, limit: "RLIMIT_NOFILE", wanted: -1, given: 20_000 },
  pull: { kind: "pull", image, digest: digest(`sha256:${"a".repeat(64)}`) },
  load: { kind: "load", image },
  "image-remove": { kind: "image-remove", image },
  suspend: { kind: "suspend", subject: "shop", by: "alice", detail: "a look" },
  resume: { kind: "resume", subject: "shop" },
  "rollout-pause": { kind: "rollout-pause", subject: "shop", by: "alice" },
  "rollout-resume": { kind: "rollout-resume", subject: "shop", by: "alice" },
  "stop-asked": { kind: "stop-asked", subject: "shop/web", by: "alice" },
  "start-asked": { kind: "start-asked", subject: "shop/web", by: "alice" },
  rollback: { kind: "rollback", subject: "shop", by: "alice", detail: "to 0123456789ab" },
  "rollout-promote": { kind: "rollout-promote", subject: "shop/web", by: "alice" },
  "rollback-over": { kind: "rollback-over", subject: "shop" },
  "rollout-begun": { kind: "rollout-begun", subject: "shop", revision: "0123456789ab" },
  "rollout-done": { kind: "rollout-done", subject: "shop", revision: "0123456789ab", commit: "8a2f31c0d1" },
  "rollout-held": { kind: "rollout-held", subject: "shop", revision: "0123456789ab", reason: "no route" },
  "rollout-going-back": { kind: "rollout-going-back", subject: "shop", revision: "0123456789ab", to: "ab" },
  "rollout-rolled-back": { kind: "rollout-rolled-back", subject: "shop", revision: "0123456789ab", to: "ab" },
  "restart-asked": { kind: "restart-asked", subject: "shop/web", by: "alice" },
  "run-left-out": { kind: "run-left-out", subject: "shop/backup", run: time, detail: "it is stopped" },
  "run-delayed": { kind: "run-delayed", subject: "shop/backup", run: time, detail: "no such command" },
  "run-expired": {
    kind: "run-expired",
    subject: "shop/backup",
    run: time,
    detail: "it took longer than 5 s",
  },
};

it.each(eventKinds)("a line about %s is read as it was written", (kind) => {
  const line = JSON.stringify({ time, ...happenings[kind] });
  expect(parseEvent(line)).toEqual({ time: Date.parse(time), ...happenings[kind] });
});

it.each<[string, string]>([
  ["that was cut", `{"time":"${time}","kind":"sta`],
  ["without a time", JSON.stringify({ kind: "load", image })],
  ["of a kind that a later version knows", JSON.stringify({ time, kind: "doze", container })],
  ["about nothing", JSON.stringify({ time, kind: "start" })],
  ["about half a container", JSON.stringify({ time, kind: "start", container: { ...container, id: "no" } })],
  [
    "with labels that are none",
    JSON.stringify({ time, kind: "start", container: { ...container, labels: { a: 1 } } }),
  ],
  ["that lacks what its kind has", JSON.stringify({ time, kind: "die", container })],
  ["that is no object", "7"],
])("a line %s is passed over", (_what, line) => {
  expect(parseEvent(line)).toBeUndefined();
});
