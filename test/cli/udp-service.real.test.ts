import { join } from "node:path";
import { expect, test } from "vitest";
import { inNamespace } from "../runtime/network/trial.ts";
import { buildImage, busyboxFiles } from "../support/build-image.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { programFiles } from "../support/program-files.ts";
import { sigkill } from "../support/sigkill.ts";
import { until } from "../support/until.ts";

/** What ends nobody: who is stopped by it goes on for the time of its grace. */
const unheard = "SIGWINCH";

/** Each replica answers every packet with its name. */
const stackFile = (stopSignal: string): string => `name: shop
services:
  who:
    image: ./socat
    command: ["socat", "UDP-RECVFROM:5300,fork", "EXEC:hostname"]
    stop_signal: ${stopSignal}
    stop_grace_period: 10m
    deploy:
      replicas: 2
      update_config: { order: start-first, parallelism: 0, monitor: 0s }
  client: { image: ./image, command: [sleep, infinity], stop_signal: SIGKILL }
`;

test("a service's address spreads UDP over its replicas, a flow stays with one, and moves at once when that is replaced", async () => {
  await using instance = await anInstance();
  await buildImage({
    dir: join(instance.folder, "socat"),
    layers: [await busyboxFiles(), await programFiles("/usr/bin/socat")],
    compression: "none",
  });
  await instance.write("compose.yaml", stackFile(unheard));
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  const { stdout } = await instance.run(["exec", "shop/client", "nslookup", "who."]);
  const [, address = ""] = /^Address: (\d[\d.]*)$/m.exec(stdout) ?? [];
  const { "shop-client-1": client, ...before } = await instance.pids();
  const deaf = new Set(Object.values(before));
  using replaced = {
    end: () => {
      for (const pid of deaf) sigkill(pid);
      deaf.clear();
    },
    [Symbol.dispose]: () => replaced.end(),
  };
  await using flows = await inNamespace(`/proc/${client}/ns/net`, askAgainAndAgain(address));
  const answers = (): Answers => JSON.parse(flows.output().trim().split("\n").at(-1) ?? "") as Answers;

  const old = await idsOf(instance);
  await until("both have answered new flows", () => answers().fresh.length === 2, {
    withinMs: 60_000,
    instead: () => flows.output().slice(-500),
  });
  expect([...answers().fresh].sort()).toEqual(old);
  expect(answers().lasting).toHaveLength(1);
  expect(old).toContain(answers().lasting[0]);

  await instance.write("compose.yaml", stackFile("SIGKILL"));
  await using update = instance.spawn(["reconcile"]);
  const moved = await until(
    "the flow is answered by a new one",
    () => answers().lasting.find((name) => !old.includes(name)),
    { withinMs: 60_000, instead: () => update.output },
  );
  expect(update.hasEnded, "the old ones are there, and would answer").toBe(false);
  replaced.end();
  expect(await update.ended).toMatchObject({ exitCode: 0 });
  expect(await idsOf(instance)).toContain(moved);
});

/** Short ones, as they are the host names: of the replicas that run, sorted. */
async function idsOf(instance: TestInstance): Promise<readonly string[]> {
  const replicas = (await instance.ps()).filter((each) => each.service === "who" && each.state === "running");
  return replicas.map(({ id }) => id.slice(0, 12)).sort();
}

/** Who has answered, in the order of their first answer. */
interface Answers {
  /** One flow, whose packets come without a pause. */
  readonly lasting: readonly string[];
  /** Flows of one packet each. */
  readonly fresh: readonly string[];
}

/** Prints a line of {@link Answers} whenever somebody answers for the first time. */
function askAgainAndAgain(address: string): string {
  return `
    const { createSocket } = require("node:dgram");
    const answers = { lasting: [], fresh: [] };
    const tell = () => console.log(JSON.stringify(answers));
    const heard = (kind) => (answer) => {
      const name = String(answer).trim();
      if (answers[kind].includes(name)) return;
      answers[kind].push(name);
      tell();
    };
    const ask = (socket) => socket.send("?", 5300, ${JSON.stringify(address)});
    const open = (kind) => createSocket("udp4").on("message", heard(kind)).on("error", () => {});
    const lasting = open("lasting");
    tell();
    setInterval(() => {
      ask(lasting);
      const fresh = open("fresh");
      ask(fresh);
      setTimeout(() => fresh.close(), 2_000);
    }, 50);`;
}
