import { expect, test } from "vitest";
import { inNamespace } from "../runtime/network/trial.ts";
import { aHost, wire, type TestHost } from "../support/host.ts";
import { anInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

const stack = `name: shop
services:
  client: { image: ./image, command: [sleep, infinity], stop_signal: SIGKILL }
`;

test("containers ask for names of the world whom the host asks now, as its resolv.conf changes and nobody of ours is there", async () => {
  await using making = new AsyncDisposableStack();
  const host = making.use(await aHost({ ownFolders: ["/etc"] }));
  const world = making.use(await aHost());
  await wire(host, world);
  await world.run("ip", "address", "add", "198.18.0.9/32", "dev", "wire0");
  await host.run("ip", "route", "add", "198.18.0.9", "via", "198.18.0.2");
  for (const address of ["198.18.0.2", "198.18.0.9"]) making.use(await upstream(world, address));
  const instance = making.use(await anInstance());
  const there = { under: host.inside };
  await instance.write("compose.yaml", stack);
  await host.run("sh", "-c", "echo nameserver 198.18.0.2 > /etc/resolv.conf");
  const up = await instance.run(["reconcile", "-f", instance.folder], there);
  expect(up.exitCode, up.stderr).toBe(0);

  const patient = { withinMs: 60_000 };
  let asked = 0;
  /** Each time another name, which nobody knows from before. */
  const answer = async (): Promise<string | undefined> => {
    const question = ["exec", "shop/client", "nslookup", `n${(asked += 1)}.example.org.`];
    const { stdout } = await instance.run(question, there);
    return /^Address: (\d[\d.]*)$/m.exec(stdout)?.[1];
  };
  expect(await answer()).toBe("198.18.0.2");
  await host.run("sh", "-c", "echo nameserver 198.18.0.9 > /etc/resolv.conf");
  await until("the new one is asked", async () => (await answer()) === "198.18.0.9", patient);
  const move = "cd /etc && echo nameserver 198.18.0.2 > resolv.conf.new && mv resolv.conf.new resolv.conf";
  await host.run("sh", "-c", move);
  await until("another file in its place counts", async () => (await answer()) === "198.18.0.2", patient);

  expect(await instance.run(["down", "--all"], there)).toMatchObject({ exitCode: 0 });
});

/** Answers every question with its own address. */
function upstream({ netnsPath }: TestHost, address: string): Promise<AsyncDisposable> {
  return inNamespace(
    netnsPath,
    `const socket = require("node:dgram").createSocket("udp4");
    socket.on("message", (question, from) => {
      const end = question.indexOf(0, 12) + 5;
      const head = Buffer.from([question[0], question[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
      const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, ${address.replaceAll(".", ", ")}]);
      socket.send(Buffer.concat([head, question.subarray(12, end), answer]), from.port, from.address);
    }).bind(53, ${JSON.stringify(address)}, () => console.log("listening"));`,
  );
}
