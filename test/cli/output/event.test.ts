import { expect, it } from "vitest";
import { eventJson, eventText } from "../../../src/cli/output/event.ts";
import { labelsOfOneOff } from "../../../src/agent/labels.ts";
import { containerId, digest, serviceName, stackName } from "../../../src/model/ids.ts";
import type { Happening } from "../../../src/runtime/events/event.ts";

const time = Date.parse("2026-01-31T12:00:00.5Z");
const container = {
  id: containerId("0123456789ab"),
  name: "shop-web-1",
  image: "nginx:1.27",
  labels: { "tallyman.stack": "shop", "tallyman.service": "web", "tallyman.slot": "1" },
};

it.each<[Happening, string]>([
  [{ kind: "create", container }, "create         shop-web-1  nginx:1.27"],
  [{ kind: "start", container }, "start          shop-web-1"],
  [{ kind: "restart", container, restarts: 2 }, "restart        shop-web-1  restart 2"],
  [{ kind: "kill", container, signal: 15 }, "kill           shop-web-1  signal 15"],
  [{ kind: "die", container, exitCode: 1, oomKilled: false }, "die            shop-web-1  exit code 1"],
  [
    { kind: "die", container, exitCode: null, oomKilled: true },
    "die            shop-web-1  exit code unknown, out of memory",
  ],
  [
    { kind: "limit-lowered", container, limit: "RLIMIT_NOFILE", wanted: -1, given: 20_000 },
    "limit-lowered  shop-web-1  RLIMIT_NOFILE is 20000, not unlimited",
  ],
  [
    { kind: "exec_start", container, execId: "0a1b2c", command: "sh -c \u001b[2Jls\n" },
    "exec_start     shop-web-1  sh -c ?[2Jls?",
  ],
  [
    { kind: "exec_die", container, execId: "0a1b2c", command: "ls /none", exitCode: 1 },
    "exec_die       shop-web-1  exit code 1: ls /none",
  ],
  [{ kind: "image-remove", image: "nginx:1.27" }, "image-remove   nginx:1.27"],
  [
    { kind: "suspend", subject: "shop", by: "al\nice", detail: "a look" },
    "suspend        shop  by al?ice: a look",
  ],
  [
    { kind: "rollout-begun", subject: "shop", revision: "0123456789ab", commit: "8a2f31c0d1e2f3" },
    "rollout-begun  shop  revision 0123456789ab (8a2f31c0d1)",
  ],
  [
    {
      kind: "rollout-going-back",
      subject: "shop",
      revision: "0123",
      to: "4567",
      reason: "web is \u001b[2Jill",
    },
    "rollout-going-back  shop  revision 0123, to 4567: web is ?[2Jill",
  ],
])("an event is a line: %o", (happening, line) => {
  const text = eventText({ time, ...happening }, (_tone, words) => words);
  expect(text).toBe(`2026-01-31T12:00:00.500Z  ${line}\n`);
});

it("an event is a document a line, with its place in a stack, and null for what is not known", () => {
  const died = eventJson({ time, kind: "die", container, exitCode: null, oomKilled: false });
  expect(died).toMatch(/^[^\n]*\n$/);
  expect(JSON.parse(died)).toEqual({
    time: "2026-01-31T12:00:00.500Z",
    kind: "die",
    container: "0123456789ab",
    name: "shop-web-1",
    stack: "shop",
    service: "web",
    slot: 1,
    image: "nginx:1.27",
    exitCode: null,
    oomKilled: false,
  });
  const id = digest(`sha256:${"a".repeat(64)}`);
  expect(JSON.parse(eventJson({ time, kind: "pull", image: "nginx", digest: id }))).toEqual({
    time: "2026-01-31T12:00:00.500Z",
    kind: "pull",
    image: "nginx",
    digest: id,
  });
});

it("a one-off container is of its service, and in no slot of it", () => {
  const labels = labelsOfOneOff({ stack: stackName("shop"), service: serviceName("web") });
  const paused = eventJson({ time, kind: "pause", container: { ...container, labels } });
  expect(JSON.parse(paused)).toMatchObject({ kind: "pause", stack: "shop", service: "web", slot: null });
});
