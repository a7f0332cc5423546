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
    await using shop = await aShop(replicas);
    await killAgents(shop, {
      revision: (version) => ({ version }),
      exitCode: 0,
      stands: (version) => allOf(version, replicas),
    });
    expect(await shop.load.end()).toEqual(allAnswered);
  },
);

test.for(many)(
  `no request fails while %i replicas go back under load, each time by an agent that is killed (SEED=${seed})`,
  { timeout },
  async (replicas) => {
    await using shop = await aShop(replicas);
    await killAgents(shop, {
      revision: (version) => ({ version, isRight: false }),
      turn: "goes back to",
      exitCode: 5,
      stands: () => allOf(0, replicas),
    });
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

interface Killing {
  readonly revision: (version: number) => Revision;
  /** What an agent prints from when on it may be killed; absent: at once. */
  readonly turn?: string;
  /** Of who goes on where one was killed, and what stands then. */
  readonly exitCode: number;
  readonly stands: (version: number) => readonly string[];
}

/** At a moment of each update. One that had ended before proves nothing: it is made up for, by an earlier moment. */
async function killAgents(shop: Shop, { revision, turn, exitCode, stands }: Killing): Promise<void> {
  const random = randomNumbers(seed);
  await shop.write(revision(1));
  let { tookMs } = await watched(shop.instance, { turn, wait: (agent) => agent.ended });
  for (let [killed, version] = [0, 2]; killed < updates; version += 1) {
    const afterMs = random() * tookMs;
    await shop.write(revision(version));
    const { wasKilled } = await watched(shop.instance, { turn, wait: () => delay(afterMs) });
    const said = `killed after ${afterMs} ms`;
    expect(await shop.reconcile(), said).toMatchObject({ exitCode });
    expect(await shop.replicas(), said).toEqual(stands(version));
    if (wasKilled) killed += 1;
    else tookMs = afterMs;
  }
}

/** An agent from its turn on until this wait is over, when it is killed if it has not ended. */
async function watched(
  instance: TestInstance,
  { turn, wait }: { readonly turn: string | undefined; readonly wait: (agent: Program) => Promise<unknown> },
): Promise<{ readonly tookMs: number; readonly wasKilled: boolean }> {
  await using agent = instance.spawn(["reconcile", "--wait"]);
  if (turn !== undefined) await agent.prints(turn, { withinMs: timeout });
  const begunAt = performance.now();
  await wait(agent);
  const tookMs = performance.now() - begunAt;
  agent.signal("SIGKILL");
  const { exitCode } = await agent.ended;
  return { tookMs, wasKilled: exitCode === null };
}
