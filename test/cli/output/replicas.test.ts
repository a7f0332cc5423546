import { describe, expect, test } from "vitest";
import { replicasOf } from "../../../src/agent/replica.ts";
import { replicasJson, replicasTable } from "../../../src/cli/output/replicas.ts";
import { containerId, digest, serviceName, stackName } from "../../../src/model/ids.ts";
import type { ContainerStatus, HealthStatus } from "../../../src/runtime/types.ts";

const heldBack = { holds: [], scales: [], canaries: [] };
const now = Date.parse("2026-01-01T12:00:00Z");

describe("what ps says of health", () => {
  test.each<[string, HealthStatus | undefined, string]>([
    ["nothing without a healthcheck", undefined, "running for 2m"],
    [
      "its state",
      { state: "healthy", failures: 0, checkedAt: now - 9_000, newsBy: now + 1 },
      "running for 2m (healthy)",
    ],
    ["that it starts", { state: "starting", failures: 1, newsBy: now }, "running for 2m (starting)"],
    [
      "how old it is where nobody probes any more",
      { state: "unhealthy", failures: 3, checkedAt: now - 90_000, newsBy: now - 1 },
      "running for 2m (unhealthy 90s ago)",
    ],
    [
      "that nobody has looked",
      { state: "starting", failures: 0, newsBy: now - 1 },
      "running for 2m (not checked)",
    ],
  ])("%s", (_, health, state) => {
    const table = replicasTable(replicasOf([running(health)]), { routes: [], scheduled: [], now });
    expect(table.split(/ {2,}/)).toContain(state);
  });

  test("as JSON: the state, and when it was found", () => {
    const health = { state: "healthy", failures: 0, checkedAt: now, newsBy: now + 1 } as const;
    expect(
      JSON.parse(replicasJson(replicasOf([running(health)]), { routes: [], heldBack, scheduled: [] })),
    ).toMatchObject({
      containers: [{ health: "healthy", healthCheckedAt: "2026-01-01T12:00:00.000Z" }],
    });
  });
});

test.each<[string, "none" | "on-failure" | "any", number, string]>([
  ["has ended as it should is completed", "on-failure", 0, "completed 60s ago"],
  ["is run once and has ended well is completed", "none", 0, "completed 60s ago"],
  ["has failed has exited", "on-failure", 1, "exited (1) 60s ago"],
  ["is run again whatever happens has exited", "any", 0, "exited (0) 60s ago"],
])("what %s", (_, condition, exitCode, state) => {
  const ended: ContainerStatus = {
    ...running(undefined),
    labels: {
      "tallyman.stack": "shop",
      "tallyman.service": "job",
      "tallyman.slot": "1",
      "tallyman.spec-hash": `h1:${"0".repeat(64)}`,
      "tallyman.restart": JSON.stringify({ condition, delayMs: 0, windowMs: 0 }),
    },
    state: "exited",
    finishedAt: now - 60_000,
    exitCode,
  };
  const table = replicasTable(replicasOf([ended]), { routes: [], scheduled: [], now });
  expect(table.split(/ {2,}/)).toContain(state);
});

test("ports are shown with the address of the host that they are on, unless it is every one", () => {
  const backends = [{ containerId: running(undefined).id, port: 80 }];
  const routes = [
    { hostAddress: "127.0.0.1", hostPort: 8080, protocol: "tcp", backends },
    { hostAddress: "0.0.0.0", hostPort: 9090, protocol: "tcp", backends },
    { hostAddress: "0.0.0.0", hostPort: 7070, protocol: "tcp", backends: [] },
  ] as const;
  const [head, row] = replicasTable(replicasOf([running(undefined)]), { routes, scheduled: [], now }).split(
    "\n",
  );
  expect(head).toMatch(/ADDRESS +PORTS +RESTARTS/);
  expect(row).toContain("  127.0.0.1:8080->80/tcp, 9090->80/tcp  ");
});

function running(health: HealthStatus | undefined): ContainerStatus {
  return {
    id: containerId("0123456789ab"),
    name: "shop-web-1",
    labels: {},
    state: "running",
    monitored: true,
    paused: false,
    image: { reference: "nginx", digest: digest(`sha256:${"0".repeat(64)}`) },
    createdAt: now - 120_000,
    startedAt: now - 120_000,
    stopped: false,
    oomKilled: false,
    ...(health && { health }),
    restarts: 0,
    restartStreak: 0,
    addresses: [],
    networks: [],
  };
}

test("scheduled services: what their last run came to, and when the next one is", () => {
  const time = Date.parse("2026-01-01T03:30:00Z");
  const backup = { stack: stackName("shop"), service: serviceName("backup"), decidedTo: time };
  const schedule = {
    cron: "30 3 * * *",
    timeZone: "UTC",
    concurrency: "forbid",
    history: { succeeded: 3, failed: 1 },
  } as const;
  const ended = { time, exitCode: 1, endedAt: time + 90_000 };
  const scheduled = [{ ...backup, schedule, last: ended, nextAt: time + 86_400_000 }];
  expect(replicasTable([], { routes: [], scheduled, now })).toBe(
    [
      "SCHEDULED    WHEN              LAST ENDED                NEXT",
      "shop/backup  30 3 * * * (UTC)  2026-01-01T03:30:00Z (1)  2026-01-02T03:30:00Z",
      "",
    ].join("\n"),
  );
  expect(JSON.parse(replicasJson([], { routes: [], heldBack, scheduled }))).toMatchObject({
    schedules: [
      {
        lastRun: { time: "2026-01-01T03:30:00Z", exitCode: 1, endedAt: "2026-01-01T03:31:30.000Z" },
        waiting: null,
        nextRun: "2026-01-02T03:30:00Z",
      },
    ],
  });
});
