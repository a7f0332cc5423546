import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ContainerId } from "../../../src/model/ids.ts";
import type { Probe, ProbeAction, Probes } from "../../../src/model/probe.ts";
import { openRuntime } from "../../../src/runtime/open.ts";
import type { ProbeResult } from "../../../src/runtime/health/health.ts";
import type { HealthStatus } from "../../../src/runtime/types.ts";
import { healthServer } from "../../support/health-server.ts";
import { openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";
import { until } from "../../support/until.ts";

const http = { kind: "http", scheme: "http", port: 80, path: "/", headers: {} } as const;
const notFound =
  "HTTP 404 Not Found\n<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\nThe requested URL was not found\n</BODY></HTML>\n";
const patiently = { withinMs: 60_000 };
const good = [{ first: 200, last: 399 }];

test("http, tcp and exec probes tell what they found, whatever network the container has", async () => {
  await using rt = await openTestRuntime();
  const line = "mkdir /www; echo fine > /www/index.html; exec httpd -f -p 80 -h /www";
  const serve = (action: ProbeAction, network: "none" | "bridge"): Promise<ContainerId> =>
    rt.run(line, { network, probes: often({ readiness: action }) });
  const ids = await Promise.all([
    serve({ ...http, statuses: good }, "none"),
    serve({ ...http, statuses: good }, "bridge"),
    serve({ kind: "tcp", port: 80 }, "bridge"),
    serve({ kind: "exec", command: ["test", "-e", "/www/index.html"] }, "none"),
  ]);
  const [alone, onBridge, connected, command] = ids;
  await finds(rt, alone, { outcome: "passed", output: "HTTP 200 OK\nfine\n", probe: "readiness" });
  await finds(rt, onBridge, { outcome: "passed", output: "HTTP 200 OK\nfine\n" });
  await finds(rt, connected, { outcome: "passed", output: "connected" });
  await finds(rt, command, { outcome: "passed", exitCode: 0 });
  await Promise.all(ids.map((id) => reaches(rt, id, "healthy")));
});

test("an answer that is not expected, a refused connection and silence are failures that say so", async () => {
  await using rt = await openTestRuntime();
  const liveness = (action: ProbeAction): Probes => often({ liveness: action });
  const missing = await rt.run("exec httpd -f -p 80 -h /tmp", {
    probes: liveness({ ...http, statuses: good }),
  });
  const refused = await rt.run("sleep infinity", { probes: liveness({ kind: "tcp", port: 81 }) });
  const silent = await rt.run("nc -ll -p 80 -e sleep 1234", {
    probes: often({ liveness: { ...http, statuses: good } }, { timeoutMs: 200 }),
  });
  await finds(rt, missing, { outcome: "failed", output: notFound });
  await finds(rt, refused, { outcome: "failed", output: "connect ECONNREFUSED 127.0.0.1:81" });
  await finds(rt, silent, { outcome: "timed-out", output: "no answer within 200 ms" });
  await reaches(rt, refused, "unhealthy");
  const events = await Array.fromAsync(rt.runtime.events({}));
  const reasons = events.flatMap((event) => (event.kind === "health_status" ? [event.reason] : []));
  expect(reasons).toContain("liveness: connect ECONNREFUSED 127.0.0.1:81");
});

test("who is on the network of another container is asked at its address", async () => {
  await using rt = await openTestRuntime();
  const other = await rt.run("sleep infinity", { network: "bridge" });
  const request = rt.request({
    command: ["sleep", "infinity"],
    network: "joined",
    probes: often({ liveness: { kind: "tcp", port: 81 } }),
  });
  await rt.runtime.create({ ...request, joins: { network: other } });
  await rt.runtime.start(request.id);
  const [address = ""] = (await rt.status(other)).addresses;
  await finds(rt, request.id, { outcome: "failed", output: `connect ECONNREFUSED ${address}:81` });
});

test("a server of gRPC is asked for its health, and for that of one service", async () => {
  await using rt = await openTestRuntime();
  await using server = await healthServer({ "": 1, "shop.Orders": 2 });
  const ask = (service: string): Promise<ContainerId> =>
    rt.run("sleep infinity", {
      network: "host",
      probes: often({ liveness: { kind: "grpc", port: server.port, service } }),
    });
  await finds(rt, await ask(""), { outcome: "passed", output: "SERVING" });
  await finds(rt, await ask("shop.Orders"), { outcome: "failed", output: "NOT_SERVING" });
  await finds(rt, await ask("shop.Carts"), { outcome: "failed", output: "gRPC status 5 unknown service" });
});

test("until startup has passed the others wait; readiness then comes and goes without a restart", async () => {
  await using rt = await openTestRuntime();
  const flags = join(rt.folder, "flags");
  const raise = (flag: string): Promise<void> => writeFile(join(flags, flag), "");
  const isUp = (flag: string): ProbeAction => ({ kind: "exec", command: ["test", "-e", `/flags/${flag}`] });
  const actions = { startup: isUp("up"), liveness: isUp("up"), readiness: isUp("ready") };
  await mkdir(flags);
  const id = await rt.run("sleep infinity", {
    mounts: [{ kind: "bind", source: flags, target: "/flags", readOnly: true, createSource: false }],
    probes: often(actions, { failureThreshold: 1_000 }),
  });
  const probed = async (): Promise<readonly unknown[]> =>
    ((await rt.runtime.inspect(id)).health?.probes ?? []).map(({ probe }) => probe);
  await until("startup was tried", async () => (await probed()).length > 2, patiently);
  expect(new Set(await probed())).toEqual(new Set(["startup"]));
  await raise("up");
  await until("readiness was tried", async () => (await probed()).includes("readiness"), patiently);
  expect((await rt.status(id)).health).toMatchObject({ state: "starting" });
  await raise("ready");
  await reaches(rt, id, "healthy");
});

test("who has been ready and is no more is unready, whoever watches, until it is ready again", async () => {
  await using rt = await openTestRuntime();
  const flag = join(rt.folder, "ready");
  await writeFile(flag, "");
  const id = await rt.run("sleep infinity", {
    mounts: [{ kind: "bind", source: rt.folder, target: "/flags", readOnly: true, createSource: false }],
    probes: often({ readiness: { kind: "exec", command: ["test", "-e", "/flags/ready"] } }),
  });
  await reaches(rt, id, "healthy");
  await rm(flag);
  await reaches(rt, id, "unready");
  await rt.runtime[Symbol.asyncDispose]();
  expect((await rt.status(id)).health).toMatchObject({ state: "unready" });
  await writeFile(flag, "");
  await using next = await openRuntime(rt.paths);
  await reaches(rt, id, "healthy");
  expect(await rt.status(id)).toMatchObject({ restarts: 0 });
  await next.remove(id);
});

type Times = Pick<Probe, "timeoutMs" | "failureThreshold">;

/** Probes that are made ten times a second, and of which two failures are enough. */
function often(
  actions: Readonly<Partial<Record<keyof Probes, ProbeAction>>>,
  times: Partial<Times> = {},
): Probes {
  const common = { initialDelayMs: 0, intervalMs: 100, timeoutMs: 10_000, failureThreshold: 2 };
  return Object.fromEntries(
    Object.entries(actions).map(([kind, action]) => [
      kind,
      { action, successThreshold: 1, ...common, ...times },
    ]),
  );
}

async function reaches(rt: TestRuntime, id: ContainerId, state: HealthStatus["state"]): Promise<void> {
  let last: HealthStatus | undefined;
  await until(
    `it is ${state}`,
    async () => {
      last = (await rt.status(id)).health;
      return last?.state === state;
    },
    { ...patiently, instead: () => JSON.stringify(last) },
  );
}

/** One of its last probes came out so. */
async function finds(rt: TestRuntime, id: ContainerId, wanted: Partial<ProbeResult>): Promise<void> {
  let last: readonly ProbeResult[] = [];
  await until(
    `a probe finds ${JSON.stringify(wanted)}`,
    async () => {
      last = (await rt.runtime.inspect(id)).health?.probes ?? [];
      return last.some((each) =>
        Object.entries({ ...each, ...wanted }).every(
          ([key, value]) => each[key as keyof ProbeResult] === value,
        ),
      );
    },
    { ...patiently, instead: () => JSON.stringify(last) },
  );
}
