import { afterAll, beforeAll, expect, test } from "vitest";
import { lock } from "../../src/sys/lock.ts";
import { anInstanceRunning, type TestInstance } from "../support/instance.ts";
import { join } from "node:path";

/** Only looked at. */
let instance: TestInstance;
beforeAll(async () => {
  instance = await anInstanceRunning(`name: app
services:
  busy:
    image: ./image
    command: [sh, -c, "dd if=/dev/zero of=/big bs=1M count=5; (exec sleep 1111) & while :; do :; done"]
    stop_signal: SIGKILL
    mem_limit: 64m
    cpus: 0.2
    pids_limit: 20
  idle:
    image: ./image
    command: [sh, -c, "sleep infinity; : hunter2222"]
    stop_signal: SIGKILL
    network_mode: none
    environment: { MODE: fast, DB_PASSWORD: hunter2222 }
    volumes: ["data:/data:ro"]
volumes: { data: }
`);
});
afterAll(() => instance[Symbol.asyncDispose]());

test("stats says what each container uses and may use, also beside whoever holds the lock", async () => {
  await using _lock = await lock(join(instance.dataDir, "lock"));
  const { stdout } = await instance.run(["stats", "--no-stream", "--format", "json"]);
  const { containers } = JSON.parse(stdout) as { containers: readonly Record<string, number | object>[] };
  const [busy = {}, idle = {}] = containers;
  expect(busy).toMatchObject({
    name: "app-busy-1",
    service: "busy",
    limits: { cpus: 0.2, memoryBytes: 64 * 1024 * 1024, pids: 20 },
    network: { receivedBytes: expect.any(Number) as number, sentBytes: expect.any(Number) as number },
    pids: 2,
  });
  expect(busy["cpuPercent"]).toBeGreaterThan(2);
  expect(busy["cpuPercent"]).toBeLessThan(40);
  expect(busy["memoryBytes"]).toBeGreaterThan(100_000);
  expect(busy["memoryBytes"]).toBeLessThan(64 * 1024 * 1024);
  expect(idle).toMatchObject({ name: "app-idle-1", network: null, pids: 2 });
  expect(idle["cpuPercent"]).toBeLessThan(2);
  expect(idle["limits"]).toMatchObject({ cpus: null, memoryBytes: null });
});

test("stats goes on until it is interrupted: a table again and again, or a document a line", async () => {
  await using tables = instance.spawn(["stats", "app/idle"]);
  await using documents = instance.spawn(["stats", "app/idle", "--format", "json"]);
  for (const program of [tables, documents]) {
    await program.prints(/app-idle-1[^]*app-idle-1/);
    program.signal("SIGINT");
  }
  expect((await tables.ended).stdout).toMatch(/^NAME +CPU %.*\napp-idle-1 .*\nNAME/);
  const lines = (await documents.ended).stdout.trim().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { formatVersion: number }).formatVersion)).toContain(1);
});

test("top shows the processes of each container", async () => {
  const alone = (await instance.run(["top", "app/idle"])).stdout.split("\n");
  expect(alone[0]).toMatch(/^UID +PID +PPID +C +STIME +TTY +TIME +CMD$/);
  expect(alone[1]).toMatch(/^root +\d+ +\d+ +0 +\S+ +\? +00:00:00 +sh -c sleep infinity; : hunter2222$/);
  const { stdout } = await instance.run(["top", "--format", "json"]);
  const pids = await instance.pids();
  expect(JSON.parse(stdout)).toMatchObject({
    formatVersion: 1,
    containers: [
      {
        name: "app-busy-1",
        processes: [
          { pid: pids["app-busy-1"], pidInContainer: 1 },
          { parentPid: pids["app-busy-1"], command: "sleep 1111", uid: 0 },
        ],
      },
      {
        name: "app-idle-1",
        processes: [{ pid: pids["app-idle-1"], terminal: null }, { command: "sleep infinity" }],
      },
    ],
  });
  expect(await instance.run(["top", "nope"])).toMatchObject({ exitCode: 1 });
});

test("inspect says everything of a container, and no secret", async () => {
  const { stdout } = await instance.run(["inspect", "app/idle"]);
  expect(stdout).not.toContain("hunter2222");
  const [{ id, pid } = { id: "", pid: 0 }] = (await instance.ps()).filter(
    ({ service }) => service === "idle",
  );
  const home = join(instance.dataDir, "containers", id);
  expect(JSON.parse(stdout)).toMatchObject({
    formatVersion: 1,
    containers: [
      {
        id,
        name: "app-idle-1",
        service: "idle",
        state: {
          status: "running",
          paused: false,
          monitored: true,
          pid,
          finishedAt: null,
          exitCode: null,
          oomKilled: false,
        },
        lastExit: null,
        spec: { environment: { MODE: "fast", DB_PASSWORD: "(hidden)" } },
        process: { args: ["sh", "-c", "sleep infinity; : (hidden)"], cwd: "/", user: { uid: 0 } },
        network: { mode: "none", addresses: [], ports: [] },
        paths: { home, log: join(home, "log/current.log") },
      },
    ],
  });
  const [idle] = (
    JSON.parse(stdout) as { containers: [{ mounts: readonly object[]; process: { env: string[] } }] }
  ).containers;
  expect(idle.mounts).toContainEqual(
    expect.objectContaining({ destination: "/data", options: expect.arrayContaining(["ro"]) as string[] }),
  );
  expect(idle.process.env).toContain("MODE=fast");
  expect((await instance.run(["inspect", "app"])).stdout).toContain('"memory": {');
});
