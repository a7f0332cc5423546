import { expect, test } from "vitest";
import { labelsOf, originIn } from "../../../src/agent/labels.ts";
import { originOf } from "../../../src/agent/origin.ts";
import { replicasOf } from "../../../src/agent/replica.ts";
import { whyJson, whyText, type Explained } from "../../../src/cli/output/why.ts";
import { containerId, serviceName, stackName } from "../../../src/model/ids.ts";
import { hashService, hashStack } from "../../../src/model/spec-hash.ts";
import type { CreateOperation } from "../../../src/reconcile/operation.ts";
import type { RuntimeEvent } from "../../../src/runtime/events/event.ts";
import type { ContainerStatus } from "../../../src/runtime/types.ts";
import { aStack, desire, digestOf } from "../../reconcile/build.ts";

const now = Date.parse("2026-01-31T12:05:00Z");
const paint = (_tone: unknown, text: string): string => text;

test("a container is explained by what asked for it, what changed, its image, and what happened since", () => {
  expect(whyText([explained()], { now, paint })).toMatchInlineSnapshot(`
    "shop-web-1  running for 60s
      asked by  compose.yaml:3, commit 8a2f31c0d1, revision d94db97b67d4
      because   environment.MODE: slow → fast  compose.yaml:6
                environment.TOKEN: (hidden) → (hidden)  compose.yaml:5
      image     nginx:1.27  sha256:cd4495bb73de9b01bf009710b80ecf4be2d298db47492f4e9e7d0b04981c4614
      then      2026-01-31T12:00:00.000Z  create         nginx:1.27
                2026-01-31T12:03:59.000Z  die            exit code 137, out of memory
                2026-01-31T12:04:00.000Z  restart        restart 1
    "
  `);
});

test("what came again on a way back is explained by what sent it back, and then by what changed", () => {
  const { replica, origin } = explained();
  const event = "revision 0123456789ab goes back to 8a2f31c0d1: root asked for it: it\u001b is slow";
  const said = whyText([{ replica, origin: { ...origin, event }, events: [] }], { now, paint });
  expect(said).toContain(`
  because   revision 0123456789ab goes back to 8a2f31c0d1: root asked for it: it? is slow
            environment.MODE: slow → fast  compose.yaml:6
`);
  const alone = { ...origin, event, changes: [] };
  expect(whyText([{ replica, origin: alone, events: [] }], { now, paint })).toContain(
    "is slow\n            its spec changed\n",
  );
});

test("a run is explained by its schedule and the time that it was due at", () => {
  const { replica, origin, events } = explained();
  const run = { ...replica, name: "shop-web-20260131023000", slot: 20260131023000 };
  const began = { ...origin, schedule: { cron: "30 3 * * *", timeZone: "Europe/Berlin" } };
  expect(whyText([{ replica: run, origin: began, events }], { now, paint })).toContain(
    "  run of    30 3 * * * (Europe/Berlin), for 2026-01-31T02:30:00Z\n",
  );
  expect(JSON.parse(whyJson([{ replica: run, origin: began, events }]))).toMatchObject({
    containers: [{ dueAt: "2026-01-31T02:30:00Z", origin: { schedule: { cron: "30 3 * * *" } } }],
  });
  expect(whyText([{ replica: run, events }], { now, paint })).toContain("  run of    a schedule, for 2026");
});

test("secrets are not told", () => {
  expect(whyJson([explained()])).not.toMatch(/hush/);
});

test("of a container whose origin nobody wrote down, the rest is told", () => {
  const { replica, events } = explained();
  expect(whyText([{ replica, events }], { now, paint })).toContain("nobody knows any more");
});

/** A replica that was made anew because two variables had changed, and was killed for want of memory since. */
function explained(): Required<Explained> {
  const image = digestOf("nginx:1.27");
  const stackWith = (environment: Record<string, string>) =>
    aStack("shop", { web: { image: "nginx:1.27", environment } });
  const [before] = stackWith({ MODE: "slow", TOKEN: "hush-hush" }).services;
  const stack = stackWith({ MODE: "fast", TOKEN: "hush-again" });
  const [after] = stack.services;
  if (!before || !after) throw new Error("a stack without services");
  const from = hashService(before, image);
  const id = containerId("0123456789ab");
  const operation: CreateOperation = {
    kind: "create",
    stack: stackName("shop"),
    cause: { kind: "spec-changed", from },
    after: [],
    container: { id, service: serviceName("web"), slot: 1 },
    specHash: hashService(after, image),
    image,
    spec: after.container,
    restart: after.restart,
    ports: [],
    source: after.source,
    revision: hashStack(stack),
  };
  const desired = desire(stack);
  const stacks = desired.stacks.map((each) => ({ ...each, commit: "8a2f31c0d1e2f3a4b5c6" }));
  const origin = originOf(operation, {
    desired: { ...desired, stacks },
    rollouts: [],
    specs: { [from]: before.source },
  });
  const labels = labelsOf(operation, origin);
  const status: ContainerStatus = {
    id,
    name: "shop-web-1",
    labels,
    state: "running",
    monitored: true,
    paused: false,
    image: { reference: "nginx:1.27", digest: image },
    createdAt: now - 300_000,
    startedAt: now - 60_000,
    stopped: false,
    oomKilled: false,
    restarts: 1,
    restartStreak: 1,
    addresses: [],
    networks: [],
  };
  const container = { id, name: "shop-web-1", image: "nginx:1.27", labels };
  const events: readonly RuntimeEvent[] = [
    { time: now - 300_000, kind: "create", container },
    { time: now - 61_000, kind: "die", container, exitCode: 137, oomKilled: true },
    { time: now - 60_000, kind: "restart", container, restarts: 1 },
  ];
  const [replica] = replicasOf([status]);
  const kept = originIn(status);
  if (!replica || !kept) throw new Error("nothing to explain");
  return { replica, origin: kept, events };
}
