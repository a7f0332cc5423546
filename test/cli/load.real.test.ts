/**
 * Updates of nginx under load: one of a kind, or as many as `TALLYMAN_TEST_UPDATES` says, of one replica and of four,
 * under as much load as there can be. `SEED` brings the moments again at which agents are killed.
 */
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { buildNginxImage } from "../support/nginx-image.ts";
import { patience } from "../support/patience.ts";
import type { Ended, Program } from "../support/program.ts";
import { randomNumbers } from "../support/random.ts";
import { answersWith } from "../support/web-stack.ts";
import { wrk, type Answered, type Wrk } from "../support/wrk.ts";

const asked = process.env["TALLYMAN_TEST_UPDATES"];
const updates = Number(asked ?? 1);
const few = asked === undefined ? [1] : [1, 4];
const many = asked === undefined ? [4] : [1, 4];
const seed = Number(process.env["SEED"] ?? randomInt(2 ** 31));

/** Beside a load that takes a whole processor. */
const timeout = (120_000 + updates * 120_000) * patience;

test.for(few)("no request fails while %i replicas are updated under load", { timeout }, async (replicas) => {
  await using shop = await aShop(replicas);
  for (let update = 1; update <= updates; update += 1) {
    await shop.write({ version: update });
    expect(await shop.reconcile()).toMatchObject({ exitCode: 0 });
    expect(await shop.replicas()).toEqual(allOf(update, replicas));
  }
  expect(await shop.load.end()).toEqual(allAnswered);
});

test.for(few)(
  "no request fails while updates of %i replicas under load never become healthy and are taken back",
  { timeout },
  async (replicas) => {
    await using shop = await aShop(replicas);
    for (let update = 1; update <= updates; update += 1) {
      await shop.write({ version: update, isHealthy: false });
      expect(await shop.reconcile()).toMatchObject({ exitCode: 5 });
      expect(await shop.replicas()).toEqual(allOf(0, replicas));
    }
    expect(await shop.load.end()).toEqual(allAnswered);
  },
);

test.for(many)(
  `no request fails while %i replicas are updated under load, each time by an agent that is killed (SEED=${seed})`,
  { timeout },
  async (replicas) => {
    const random = randomNumbers(seed);
    await using shop = await aShop(replicas);
    await shop.write({ version: 1 });
    const tookMs = await measured(() => shop.reconcile());
    for (let update = 2; update < 2 + updates; update += 1) {
      const afterMs = random() * tookMs;
      await shop.write({ version: update });
      await killedAfter(afterMs, shop.instance);
      expect(await shop.reconcile(), `killed after ${afterMs} ms`).toMatchObject({ exitCode: 0 });
      expect(await shop.replicas(), `killed after ${afterMs} ms`).toEqual(allOf(update, replicas));
    }
    expect(await shop.load.end()).toEqual(allAnswered);
  },
);

test.for(many)(
  `no request fails while %i replicas go back under load, each time by an agent that is killed (SEED=${seed})`,
  { timeout },
  async (replicas) => {
    const random = randomNumbers(seed);
    await using shop = await aShop(replicas);
    await shop.write({ version: 1, isRight: false });
    const tookMs = await turned(shop.instance, (agent) => agent.ended);
    for (let update = 2; update < 2 + updates; update += 1) {
      const afterMs = random() * tookMs;
      await shop.write({ version: update, isRight: false });
      await turned(shop.instance, () => delay(afterMs));
      const said = `killed ${afterMs} ms after it turned`;
      expect(await shop.reconcile(), said).toMatchObject({ exitCode: 5 });
      expect(await shop.replicas(), said).toEqual(allOf(0, replicas));
    }
    expect(await shop.load.end()).toEqual(allAnswered);
  },
);

const allAnswered: Answered = {
  requests: expect.toSatisfy((count: number) => count > 0, "some were asked") as number,
  failures: [],
};

interface Shop extends AsyncDisposable {
  readonly instance: TestInstance;
  readonly load: Wrk;
  write(revision: Revision): Promise<unknown>;
  reconcile(): Promise<Ended>;
  /** Of nginx, that run: `shop-web-1 VERSION`. */
  replicas(): Promise<readonly string[]>;
}

interface Revision {
  readonly version: number;
  /** Its nginx is never ready otherwise. */
  readonly isHealthy?: boolean;
  /** It ends otherwise, after its nginx has been updated. */
  readonly isRight?: boolean;
}

/** With so many replicas of nginx in version 0, under load. */
async function aShop(count: number): Promise<Shop> {
  await using made = new AsyncDisposableStack();
  const instance = made.use(await anInstance());
  const port = await freePort();
  const write = (revision: Revision): Promise<unknown> =>
    instance.write("compose.yaml", stackFile(revision, { port, replicas: count }));
  await buildNginxImage(join(instance.folder, "nginx"));
  const reconcile = (): Promise<Ended> => instance.spawn(["reconcile", "--wait"]).ended;
  await write({ version: 0 });
  expect(await reconcile()).toMatchObject({ exitCode: 0 });
  const url = `http://127.0.0.1:${port}/`;
  await answersWith(url, "hello");
  const load = made.use(wrk(url, { isHurried: asked !== undefined }));
  const owned = made.move();
  return {
    instance,
    load,
    write,
    reconcile,
    replicas: async () => {
      const names = (await instance.ps()).flatMap(({ name, service, state }) =>
        service === "web" && state === "running" ? [name] : [],
      );
      const { stdout } = await instance.run(["inspect", ...names]);
      const { containers } = JSON.parse(stdout) as { readonly containers: readonly Inspected[] };
      return containers.map(({ name, spec }) => `${name} ${spec.environment["VERSION"]}`).sort();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Inspected {
  readonly name: string;
  readonly spec: { readonly environment: Readonly<Record<string, string>> };
}

function allOf(version: number, replicas: number): readonly string[] {
  return Array.from({ length: replicas }, (_, index) => `shop-web-${index + 1} ${version}`);
}

function stackFile(
  { version, isHealthy = true, isRight = true }: Revision,
  { port, replicas }: { readonly port: number; readonly replicas: number },
): string {
  return `name: shop
services:
  web:
    image: ./nginx
    environment: { VERSION: "${version}" }
    ports: ["${port}:80"]
    x-probe:
      readiness: { tcp: { port: ${isHealthy ? 80 : 81} }, interval: 200ms, timeout: 30s }
    x-rollout: { healthy_deadline: ${isHealthy ? "10m" : "2s"} }
    deploy:
      replicas: ${replicas}
      update_config: { monitor: 500ms }
  till:
    image: ./image
    command: [sh, -c, "${isRight ? "exec sleep infinity" : "exit 1"}"]
    stop_signal: SIGKILL
    depends_on: [web]
`;
}

async function measured(work: () => Promise<unknown>): Promise<number> {
  const begunAt = performance.now();
  await work();
  return performance.now() - begunAt;
}

/** Updates until it goes back, waits, and is killed, or has ended; how long it waited. */
async function turned(instance: TestInstance, wait: (agent: Program) => Promise<unknown>): Promise<number> {
  await using agent = instance.spawn(["reconcile", "--wait"]);
  await agent.prints("goes back to", { withinMs: timeout });
  return await measured(() => wait(agent));
}

async function killedAfter(ms: number, instance: TestInstance): Promise<void> {
  await using agent = instance.spawn(["reconcile"]);
  await delay(ms);
  agent.signal("SIGKILL");
}
