import { createConnection, type Socket } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { anInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";
import { answersWith, get, webStack } from "../support/web-stack.ts";

test("a service with one replica is updated while clients connect, and none of them notices", async () => {
  await using instance = await anInstance();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const write = (greeting: string): Promise<string> =>
    instance.write("compose.yaml", webStack({ port, replicas: 1, greeting }));
  await write("Hello-0");
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  await answersWith(url, "Hello-0");

  const clients = new Clients(url, 4);
  for (const update of [1, 2, 3]) {
    await write(`Hello-${update}`);
    expect(await instance.run(["reconcile"])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("shop-web-1") as string,
    });
    expect(await get(url)).toMatch(`Hello-${update}`);
  }
  const { answers, failures } = await clients.end();
  expect(failures).toEqual([]);
  expect([...new Set(answers.map((answer) => answer.split(" ")[0]))]).toEqual([
    "Hello-0",
    "Hello-1",
    "Hello-2",
    "Hello-3",
  ]);
});

test("a connection that is open goes on with the old replica, which waits for its end", async () => {
  await using instance = await anInstance();
  const port = await freePort();
  const write = (version: number): Promise<string> =>
    instance.write("compose.yaml", echoStack({ port, version }));
  await write(1);
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  using before = new Conversation(port);
  expect(await before.say("one")).toBe("1 one");

  await write(2);
  await using update = instance.spawn(["reconcile"]);
  await until("new connections reach the new replica", async () => {
    using probe = new Conversation(port);
    return (await probe.say("hello")) === "2 hello";
  });
  expect(await before.say("two")).toBe("1 two");
  before[Symbol.dispose]();
  expect(await update.ended).toMatchObject({ exitCode: 0 });
  expect((await instance.ps()).map(({ name }) => name)).toEqual(["shop-echo-1"]);
});

test("a connection that never ends keeps the old replica for as long as drain_timeout says, and no longer", async () => {
  await using instance = await anInstance();
  const port = await freePort();
  const write = (version: number): Promise<string> =>
    instance.write(
      "compose.yaml",
      echoStack({ port, version, more: "    x-rollout: { drain_timeout: 1s }" }),
    );
  await write(1);
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  using endless = new Conversation(port);
  expect(await endless.say("one")).toBe("1 one");
  const cut = endless.closed.then(() => performance.now());

  await write(2);
  await using update = instance.spawn(["reconcile"]);
  let wasInServiceAt = 0;
  await until("new connections reach the new replica", async () => {
    const askedAt = performance.now();
    using probe = new Conversation(port);
    const answer = await probe.say("hello");
    if (answer === "1 hello") wasInServiceAt = askedAt;
    return answer === "2 hello";
  });
  expect(await update.ended).toMatchObject({ exitCode: 0 });
  expect((await cut) - wasInServiceAt).toBeGreaterThanOrEqual(1_000);
  expect((await instance.ps()).map(({ name }) => name)).toEqual(["shop-echo-1"]);
});

/** One replica that says its version before each line that it was told. */
function echoStack({ port, version, more = "" }: { port: number; version: number; more?: string }): string {
  return `name: shop
services:
  echo:
    image: ./image
    command:
      - sh
      - -c
      - |
        printf '#!/bin/sh\\nwhile read line; do echo ${version} $$line; done' > /echo
        chmod +x /echo
        exec nc -ll -p 7 -e /echo
    stop_signal: SIGKILL
    ports: ["${port}:7"]
${more}
`;
}

/** Connect as fast as they can until told to end. */
class Clients {
  readonly #url: string;
  readonly #clients: readonly Promise<void>[];
  readonly #answers: string[] = [];
  readonly #failures: string[] = [];
  #isOver = false;

  constructor(url: string, count: number) {
    this.#url = url;
    this.#clients = Array.from({ length: count }, () => this.#run());
  }

  async end(): Promise<{ readonly answers: readonly string[]; readonly failures: readonly string[] }> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    return { answers: this.#answers, failures: this.#failures };
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await get(this.#url).then(
        (answer) => this.#answers.push(answer),
        (error: unknown) => this.#failures.push(String(error)),
      );
    }
  }
}

/** Lines to and fro over one connection. */
class Conversation implements Disposable {
  readonly #socket: Socket;
  /** By either side. */
  readonly closed: Promise<unknown>;

  constructor(port: number) {
    this.#socket = createConnection({ host: "127.0.0.1", port });
    this.#socket.on("error", () => undefined); // then there is no answer
    this.closed = new Promise((resolve) => this.#socket.once("close", resolve));
  }

  /** Undefined where the connection is cut. */
  async say(line: string): Promise<string | undefined> {
    this.#socket.write(`${line}\n`);
    const [answer] = (await Promise.race([once(this.#socket, "data"), once(this.#socket, "close")]).catch(
      () => [],
    )) as readonly unknown[];
    return answer instanceof Buffer ? answer.toString("utf8").trim() : undefined;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
