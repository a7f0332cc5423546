import { expect, test } from "vitest";
import { anInstanceRunning } from "../support/instance.ts";

/** Three services that say by a mode which revision they are of; in Bad, `api` never becomes healthy. */
function shop(mode: string, api = mode): string {
  const service = (value: string): object => ({
    image: "./image",
    command: ["sleep", "1000"],
    stop_signal: "SIGKILL",
    environment: { MODE: value },
    healthcheck: { test: 'test "$$MODE" != Bad', interval: "100ms", retries: 2 },
    deploy: { update_config: { monitor: "500ms" } },
  });
  const services = { api: service(api), web: service(mode), worker: service(mode) };
  return JSON.stringify({ name: "shop", "x-rollout": { scope: "service" }, services });
}

test("with scope: service, what never becomes healthy goes back alone, and the next commit goes on from there", async () => {
  await using instance = await anInstanceRunning(shop("One"));
  const idsOf = async (): Promise<ReadonlyMap<string | null, string>> =>
    new Map((await instance.ps()).map(({ service, id }) => [service, id]));
  const first = await idsOf();

  await instance.write("compose.yaml", shop("Two", "Bad"));
  const { exitCode, stderr } = await instance.run(["reconcile", "--wait"]);
  expect(exitCode, stderr).toBe(5);
  expect(stderr).toMatch(/rolled back: stack shop: of revision \w+, api went back: the new shop-api-1 is/);
  const mixed = await idsOf();
  const replaced = ["api", "web", "worker"].filter((name) => mixed.get(name) !== first.get(name));
  expect(replaced, "the others; its own container is the one from before").toEqual(["web", "worker"]);

  const status = await instance.run(["rollout", "status", "shop"]);
  expect(status).toMatchObject({ exitCode: 5 });
  expect(status.stdout).toMatch(/^stack shop: of revision \w+, api went back: the new shop-api-1 is/);
  expect(await instance.run(["ps"])).toMatchObject({
    stderr: expect.stringContaining("api went back: ") as string,
  });
  const { stdout: history } = await instance.run(["rollout", "history", "shop"]);
  expect(history).toMatch(/rolled back +no +api went back: the new shop-api-1 is/);
  expect(await instance.run(["reconcile"]), "it is not tried again").toMatchObject({ exitCode: 5 });
  expect(await idsOf()).toEqual(mixed);

  await instance.write("compose.yaml", shop("Two", "Three"));
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
  const last = await idsOf();
  const next = ["api", "web", "worker"].filter((name) => last.get(name) !== mixed.get(name));
  expect(next, "nothing else is replaced").toEqual(["api"]);
});

test("what went back alone is restarted while another service waits, and a new one that failed with it is gone", async () => {
  const service = (value: string, more: object = {}): object => ({
    image: "./image",
    command: ["sleep", "1000"],
    stop_signal: "SIGKILL",
    environment: { MODE: value },
    healthcheck: { test: 'test "$$MODE" != Bad', interval: "100ms", retries: 2 },
    deploy: { update_config: { monitor: "500ms" } },
    ...more,
  });
  const of = (services: object): string =>
    JSON.stringify({ name: "shop", "x-rollout": { scope: "service" }, services });
  const two = { deploy: { replicas: 2, update_config: { monitor: "500ms" } }, "x-rollout": { canary: 1 } };
  await using instance = await anInstanceRunning(of({ api: service("One"), web: service("One", two) }));

  const next = { api: service("Bad"), site: service("Bad", { environment: { MODE: "Bad", NEW: "1" } }) };
  await instance.write("compose.yaml", of({ ...next, web: service("Two", two) }));
  const { exitCode, stderr } = await instance.run(["reconcile"]);
  expect(exitCode, stderr).toBe(5);
  const before = await instance.ps();
  expect(before.map(({ name }) => name)).toEqual(["shop-api-1", "shop-web-1", "shop-web-2"]);
  const status = await instance.run(["rollout", "status", "shop", "--format", "json"]);
  expect(JSON.parse(status.stdout)).toMatchObject({
    ...{ phase: "rolling", takenBack: ["api", "site"], awaiting: ["web"] },
    takenBackFor: {
      api: { message: expect.stringContaining("the new shop-api-1") as string },
      site: { message: expect.stringContaining("the new shop-site-1") as string },
    },
  });

  expect(await instance.run(["restart", "shop/api"])).toMatchObject({ exitCode: 0 });
  await instance.run(["reconcile"]);
  const after = await instance.ps();
  const replaced = after.filter(({ id }) => !before.some((each) => each.id === id));
  expect(replaced.map(({ name }) => name)).toEqual(["shop-api-1"]);
  const why = await instance.run(["why", "shop-api-1"]);
  expect(why.stdout).toContain("api goes back: the new shop-api-1");
});
