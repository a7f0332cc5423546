import { expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { anInstance, type PsContainer, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";
import { get, webStack } from "../support/web-stack.ts";

/** Well while there is this file, which a restart takes away. */
const probed = `    tmpfs: [/run]
    healthcheck: {test: test -e /run/well, interval: 100ms, retries: 3, start_period: 1h, start_interval: 100ms}
`;

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
  expect(stdout.match(/(?<= )(healthy|unhealthy)$/gm)).toEqual(["healthy", "unhealthy", "healthy"]);
});

async function theOne(instance: TestInstance): Promise<PsContainer | undefined> {
  return (await instance.ps())[0];
}
