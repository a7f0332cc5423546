import { expect, describe, test } from "vitest";
import { run } from "../../../src/sys/run.ts";
import { until } from "../../support/until.ts";
import { ask, hostPort, idOf, inNamespace, otherHost, routeTo, serve, trialNetwork } from "./trial.ts";

const web = idOf("web");
const api = idOf("api");

describe("a published port", () => {
  test("is answered to other hosts, to the host by its address, and to the host on 127.0.0.1", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    const { netnsPath } = await trial.network.attach(web);
    trial.use(await serve(netnsPath, { port: 8080, name: "web" }));
    await trial.network.setRoutes([routeTo(hostPort(), [web])]);

    expect(await ask(outside.netnsPath, outside.hostAddress, hostPort())).toBe(`web ${outside.address}`);
    expect(await ask(undefined, outside.hostAddress, hostPort())).toMatch(/^web /);
    expect(await ask(undefined, "127.0.0.1", hostPort())).toMatch(/^web /);
    expect(await trial.network.routes()).toEqual([routeTo(hostPort(), [web])]);
  });

  test("is answered to containers, too", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    const server = await trial.network.attach(web);
    const client = await trial.network.attach(api);
    trial.use(await serve(server.netnsPath, { port: 8080, name: "web" }));
    await trial.network.setRoutes([routeTo(hostPort(), [web])]);

    expect(await ask(client.netnsPath, outside.hostAddress, hostPort())).toMatch(/^web /);
    expect(await ask(server.netnsPath, outside.hostAddress, hostPort())).toMatch(/^web /);
  });

  test("is answered by all of its backends", async () => {
    await using trial = await trialNetwork();
    const one = await trial.network.attach(web);
    const two = await trial.network.attach(api);
    trial.use(await serve(one.netnsPath, { port: 8080, name: "one" }));
    trial.use(await serve(two.netnsPath, { port: 8080, name: "two" }));
    await trial.network.setRoutes([routeTo(hostPort(), [web, api])]);

    const answers = new Set<string | undefined>();
    for (let asked = 0; answers.size < 2 && asked < 64; asked += 1) {
      answers.add((await ask(undefined, "127.0.0.1", hostPort())).split(" ")[0]);
    }
    expect([...answers].sort()).toEqual(["one", "two"]);
  });

  test("on one address is not answered on another", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    const { netnsPath } = await trial.network.attach(web);
    trial.use(await serve(netnsPath, { port: 8080, name: "web" }));
    await trial.network.setRoutes([routeTo(hostPort(), [web], "127.0.0.1")]);

    expect(await ask(undefined, "127.0.0.1", hostPort())).toMatch(/^web /);
    expect(await ask(outside.netnsPath, outside.hostAddress, hostPort())).toBe("ECONNREFUSED");
  });

  test("on 127.0.0.1 cannot be reached by a neighbour who sends to our loopback", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    const { netnsPath } = await trial.network.attach(web);
    trial.use(await serve(netnsPath, { port: 8080, name: "web" }));
    await trial.network.setRoutes([routeTo(hostPort(), [web], "127.0.0.1")]);
    await sendLoopbackOut(outside.netnsPath, outside.hostAddress);

    expect(await ask(outside.netnsPath, "127.0.0.1", hostPort())).toBe("timeout");
  });

  test("has nobody who poses as its container taken for the host", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    const { netnsPath, addresses } = await trial.network.attach(web);
    const [address = ""] = addresses;
    await using heard = await inNamespace(netnsPath, tellsSenders);
    await trial.network.setRoutes([routeTo(hostPort(), [web])]);
    await run("sysctl", ["-w", `net.ipv4.conf.${outside.hostLink}.rp_filter=2`]);

    await poseAs(outside.netnsPath, address);
    await send(outside.netnsPath, address);
    await run("nsenter", [`--net=${outside.netnsPath}`, "nft", "delete", "table", "ip", "pose"]);
    await send(outside.netnsPath, address);
    await until("it hears of who is honest", () => heard.output().includes(`${outside.address}\n`));
    expect(heard.output()).toBe(`listening\n${outside.address}\n`);
  });

  test("is withdrawn by an empty list of backends, and the others stay", async () => {
    await using trial = await trialNetwork();
    const { netnsPath } = await trial.network.attach(web);
    trial.use(await serve(netnsPath, { port: 8080, name: "web" }));
    await Promise.all([1, 2, 3].map((n) => trial.network.setRoutes([routeTo(hostPort(n), [web])])));
    await trial.network.setRoutes([routeTo(hostPort(1), [])]);

    expect(await trial.network.routes()).toEqual([routeTo(hostPort(2), [web]), routeTo(hostPort(3), [web])]);
    expect(await ask(undefined, "127.0.0.1", hostPort(1))).toBe("ECONNREFUSED");
  });

  test("is gone for readers when somebody flushes the rules, and setRoutes brings it back", async () => {
    await using trial = await trialNetwork();
    const { netnsPath } = await trial.network.attach(web);
    trial.use(await serve(netnsPath, { port: 8080, name: "web" }));
    await trial.network.setRoutes([routeTo(hostPort(), [web])]);
    await run("nft", ["flush", "table", "ip", trial.instance.table]);

    expect(await trial.network.routes()).toEqual([]);
    await trial.network.setRoutes([routeTo(hostPort(), [web])]);
    expect(await ask(undefined, "127.0.0.1", hostPort())).toMatch(/^web /);
  });

  test("needs an attached container", async () => {
    await using trial = await trialNetwork();
    await expect(trial.network.setRoutes([routeTo(hostPort(), [web])])).rejects.toMatchObject({
      code: "NOT_ATTACHED",
    });
  });
});

/** Makes a namespace send what is for 127.0.0.1 to its neighbour, as nobody honest would. */
async function sendLoopbackOut(netnsPath: string, via: string): Promise<void> {
  const inside = (...args: string[]) => run("nsenter", [`--net=${netnsPath}`, ...args]);
  await inside("sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet");
  await inside("ip", "address", "delete", "127.0.0.1/8", "dev", "lo");
  await inside("ip", "route", "add", "127.0.0.1/32", "via", via, "dev", "eth0");
}

const tellsSenders = `
  const socket = require("node:dgram").createSocket("udp4");
  socket.on("message", (_, from) => console.log(from.address));
  socket.bind(9999, () => console.log("listening"));`;

/** Makes a namespace send what is for an address as if it came from there, too. */
async function poseAs(netnsPath: string, address: string): Promise<void> {
  const input = `add table ip pose
    add chain ip pose postrouting { type nat hook postrouting priority 100; }
    add rule ip pose postrouting ip daddr ${address} snat to ${address}\n`;
  await run("nsenter", [`--net=${netnsPath}`, "nft", "-f", "-"], { input });
}

/** A packet to the port that `tellsSenders` listens on: not a published one. */
async function send(netnsPath: string, address: string): Promise<void> {
  const script = `const socket = require("node:dgram").createSocket("udp4");
    socket.send("hello", 9999, ${JSON.stringify(address)}, () => socket.close());`;
  await run("nsenter", [`--net=${netnsPath}`, process.execPath, "-e", script]);
}
