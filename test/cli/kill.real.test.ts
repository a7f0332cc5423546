import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anInstanceRunning, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

let instance: TestInstance;
beforeAll(async () => {
  const count =
    "n=0; trap 'echo caught' USR1; while true; do n=$$((n+1)); echo $$n >/count; sleep 0.05; done";
  instance = await anInstanceRunning(`name: app
services:
  web: { image: ./image, command: [sh, -c, "${count}"], stop_signal: SIGKILL, deploy: { replicas: 2 } }
`);
});
afterAll(() => instance[Symbol.asyncDispose]());

const state = async (name: string): Promise<string | undefined> =>
  (await instance.ps()).find((container) => container.name === name)?.state;

test("kill -s sends a signal", async () => {
  expect(await instance.run(["kill", "-s", "usr1", "app-web-1"])).toMatchObject({
    exitCode: 0,
    stdout: "",
    stderr: "Signalled: app-web-1.\n",
  });
  await until("it was caught", async () =>
    (await instance.run(["logs", "app-web-1"])).stdout.includes("caught"),
  );
});

test("a paused container does nothing until it is unpaused, and ps says so", async () => {
  const count = async (): Promise<number> => {
    const { pid } = (await instance.ps()).find(({ name }) => name === "app-web-2") ?? {};
    return Number(await readFile(`/proc/${pid ?? 0}/root/count`, "utf8"));
  };
  expect((await instance.run(["pause", "app-web-2"])).stderr).toBe("Paused: app-web-2.\n");
  expect(await state("app-web-2")).toBe("paused");
  expect(await state("app-web-1")).toBe("running");
  expect((await instance.run(["ps"])).stdout).toMatch(/^app-web-2 +paused /m);
  const held = await count();
  expect((await instance.run(["exec", "app-web-2", "true"])).stderr).toContain(
    "container app-web-2 is paused",
  );
  expect(await instance.run(["pause", "app-web-2"])).toMatchObject({
    exitCode: 0,
    stderr: "Paused already: app-web-2.\n",
  });
  expect(await count()).toBe(held);

  expect(await instance.run(["unpause", "app-web-2"])).toMatchObject({ exitCode: 0 });
  expect(await state("app-web-2")).toBe("running");
  await until("it goes on", async () => (await count()) > held);
});

test("a paused container can be killed; the agent restarts it", async () => {
  await using agent = instance.spawn(["reconcile", "--watch"]);
  await agent.prints("Watching");
  const { "app-web-1": before } = await instance.pids();
  await instance.run(["pause", "app/web"]);
  expect(await instance.run(["kill", "app-web-1"])).toMatchObject({ exitCode: 0 });
  await until("it runs again", async () => ((await instance.pids())["app-web-1"] ?? before) !== before);
});

test("a paused container can be taken away", async () => {
  await instance.run(["pause", "app/web"]);
  expect(await instance.run(["down", "app"])).toMatchObject({ exitCode: 0 });
  expect(await instance.ps()).toEqual([]);
});

test("what does not run, and a signal that there is not, are named", async () => {
  const { stderr } = await instance.run(["kill", "-s", "NOPE", "app"]);
  expect(stderr).toContain('there is no signal "NOPE"');
  expect((await instance.run(["pause", "app"])).stderr).toContain(
    "there is no stack, service or container app",
  );
});
