import { expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { anInstance, type PsContainer, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";
import { answers, get, webStack } from "../support/web-stack.ts";

/** Well while there is this file, which a restart takes away. */
const probed = `    tmpfs: [/run]
    healthcheck: {test: test -e /run/well, interval: 100ms, retries: 3, start_period: 1h, start_interval: 100ms}
`;

/** Each look takes a run of the program. */
const patiently = { withinMs: 60_000 };

test("a replica is behind its port when it is healthy, and no sooner; reconcile waits for it", async () => {
  await using instance = await anInstance();
  const port = await freePort();
  await instance.write("compose.yaml", webStack({ port, replicas: 1, more: probed }));
  await using reconcile = instance.spawn(["reconcile"]);
  await until("it is starting", async () => (await theOne(instance))?.health === "starting");
  await expect(get(`http://127.0.0.1:${port}`)).rejects.toThrow();
  expect(reconcile.hasEnded).toBe(false);
  await instance.run(["exec", "shop-web-1", "touch", "/run/well"]);
  expect(await reconcile.ended).toMatchObject({ exitCode: 0 });
  expect(await get(`http://127.0.0.1:${port}`)).toMatch(/^Hello/);
  expect((await instance.run(["ps"])).stdout).toMatch(/running for \S+ \(healthy/);
  const { stdout } = await instance.run(["inspect", "shop-web-1"]);
  expect(JSON.parse(stdout)).toMatchObject({
    containers: [{ health: { status: "healthy", log: expect.arrayContaining([]) as unknown[] } }],
  });
});

test("reconcile --wait fails where a replica is unhealthy and stays so", async () => {
  await using instance = await anInstance();
  await instance.write(
    "compose.yaml",
    `name: app
services:
  web:
    image: ./image
    command: [sleep, infinity]
    stop_signal: SIGKILL
    restart: "no"
    healthcheck: {test: "echo nothing works; exit 1", interval: 100ms, retries: 2}
`,
  );
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("app-web-1 is unhealthy") as string,
  });
});

test("a replica that becomes unhealthy is restarted, and says so", async () => {
  await using instance = await anInstance();
  const port = await freePort();
  const lively = probed.replace("test -e /run/well", "test ! -e /run/ill").replace("start_period: 1h, ", "");
  await instance.write("compose.yaml", webStack({ port, replicas: 1, more: lively }));
  await using reconcile = instance.spawn(["reconcile", "--watch"]);
  await until("it is healthy", async () => (await theOne(instance))?.health === "healthy");
  await instance.run(["exec", "shop-web-1", "touch", "/run/ill"]);
  await until("it is healthy again", async () => {
    const container = await theOne(instance);
    return container?.restarts === 1 && container.health === "healthy";
  });
  await until("it answers", () => get(`http://127.0.0.1:${port}`).catch(() => false));
  reconcile.signal("SIGTERM");
  await reconcile.ended;
  const { stdout } = await instance.run(["events", "--filter", "event=health_status"]);
  const unhealthy = "unhealthy (healthcheck: exit code 1)";
  expect(stdout.match(/(?<= )(healthy|unhealthy \(.*\))$/gm)).toEqual(["healthy", unhealthy, "healthy"]);
});

test("a replica that is ready no more leaves its port, and joins again, without a restart", async () => {
  await using instance = await anInstance();
  const port = await freePort();
  const more = `    x-probe:
      readiness: {http: {port: 80}, interval: 100ms, timeout: 30s, failure_threshold: 1}
`;
  await instance.write("compose.yaml", webStack({ port, replicas: 2, more }));
  await using reconcile = instance.spawn(["reconcile", "--watch"]);
  const url = `http://127.0.0.1:${port}`;
  const differ = async (): Promise<number> => (await answers(() => get(url), 2).catch(() => [])).length;
  await until("both answer", async () => (await differ()) === 2, patiently);
  const index = "/www/index.html";
  await instance.run(["exec", "shop-web-1", "mv", index, "/www/away"]);
  await until("it is unready", async () => (await healthOf(instance, "shop-web-1")) === "unready", patiently);
  await until("it is withdrawn", async () => (await differ()) === 1, patiently);
  const { stdout: why } = await instance.run(["why", "shop-web-1"]);
  expect(why).toContain("unready (readiness: HTTP 404 Not Found)");
  await instance.run(["exec", "shop-web-1", "mv", "/www/away", index]);
  await until("both answer again", async () => (await differ()) === 2, patiently);
  expect((await instance.ps()).map(({ restarts }) => restarts)).toEqual([0, 0]);
  reconcile.signal("SIGTERM");
  await reconcile.ended;
});

test("a replica of which liveness fails is restarted, and only that one", async () => {
  await using instance = await anInstance();
  const port = await freePort();
  const more = `    tmpfs: [/run]
    x-probe:
      startup: {tcp: {port: 80}, interval: 100ms, timeout: 30s, failure_threshold: 1000}
      liveness: {exec: {command: test ! -e /run/ill}, interval: 1s, timeout: 30s, failure_threshold: 1}
`;
  await instance.write("compose.yaml", webStack({ port, replicas: 2, more }));
  await using reconcile = instance.spawn(["reconcile", "--watch"]);
  const states = async (): Promise<string> =>
    (await instance.ps()).map(({ restarts, health }) => `${restarts} ${health}`).join();
  await until("both are healthy", async () => (await states()) === "0 healthy,0 healthy", patiently);
  await instance.run(["exec", "shop-web-2", "touch", "/run/ill"]);
  await until("it is healthy again", async () => (await states()) === "0 healthy,1 healthy", patiently);
  reconcile.signal("SIGTERM");
  await reconcile.ended;
});

async function healthOf(instance: TestInstance, name: string): Promise<string | null | undefined> {
  return (await instance.ps()).find((each) => each.name === name)?.health;
}

async function theOne(instance: TestInstance): Promise<PsContainer | undefined> {
  return (await instance.ps())[0];
}
