/** A service that may not start yet says what it waits for, wherever somebody looks. */
import { expect, test } from "vitest";
import { anInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

const waits = "  web of app starts when db is healthy.";

test("a first revision of which a service waits for what is ill is no success, and every view says whom it waits for", async () => {
  await using instance = await anInstance();
  await instance.write("compose.yaml", stackFile("test -e /run/well"));
  const run = await instance.run(["reconcile"]);
  expect(run).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining(
      "failed: web of app has not started: it does when db is healthy\n",
    ) as string,
  });
  expect(await instance.run(["rollout", "status", "app"])).toMatchObject({
    exitCode: 4,
    stdout: expect.stringContaining(`\n${waits}\n`) as string,
  });
  const { stdout } = await instance.run(["rollout", "status", "app", "--format", "json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    services: expect.arrayContaining([
      expect.objectContaining({ name: "web", waitsFor: [{ service: "db", condition: "healthy" }] }),
    ]) as unknown,
  });
  expect((await instance.run(["ps"])).stderr).toContain(waits);

  await using again = instance.spawn(["reconcile", "--watch"]);
  await until("db is well", async () => {
    await instance.run(["exec", "app-db-1", "touch", "/run/well"]);
    return (await instance.pids())["app-web-1"];
  });
  await until("it stands", async () => {
    const status = await instance.run(["rollout", "status", "app"]);
    return status.exitCode === 0 && !status.stdout.includes("starts when");
  });
  again.signal("SIGTERM");
  await again.ended;
});

test("a run that is out of time says whom a service still waits for", async () => {
  await using instance = await anInstance();
  await instance.write("compose.yaml", stackFile("sleep 1h", "timeout: 1h, "));
  expect(await instance.run(["reconcile", "--wait-timeout", "3s"])).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining(`${waits}\nThe time is up`) as string,
  });
});

function stackFile(check: string, more = ""): string {
  return `name: app
services:
  db:
    image: ./image
    command: [sleep, infinity]
    stop_signal: SIGKILL
    tmpfs: [/run]
    healthcheck: {test: ${check}, ${more}interval: 100ms, retries: 2}
  web:
    image: ./image
    command: [sleep, infinity]
    stop_signal: SIGKILL
    depends_on: {db: {condition: service_healthy}}
`;
}
