import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ContainerId } from "../../../src/model/ids.ts";
import { placesOf } from "../../../src/runtime/names/places.ts";
import type { EnterRequest, Names } from "../../../src/runtime/names/types.ts";
import { run } from "../../../src/sys/run.ts";
import { sigkill } from "../../support/sigkill.ts";
import { until } from "../../support/until.ts";
import { ask, idOf, inNamespace, otherHost, serve } from "../network/trial.ts";
import { trialNames, type TrialNames } from "./trial.ts";

const [web, client] = [idOf("web"), idOf("client")];
const port = 8080;
const service = {
  id: "hello/web",
  mode: "vip" as const,
  names: ["web", "web.hello"],
  memberNames: ["tasks.web"],
};

type Enter = (id: ContainerId, request: Omit<EnterRequest, "places">, names?: Names) => Promise<Entered>;

interface Entered {
  readonly netnsPath: string;
  readonly address: string;
}

/** A network on a link of the host, where there is neither a bridge nor an address of the host. */
async function onLink(trial: TrialNames, parent: string): Promise<Enter> {
  const pools = [{ subnet: `198.19.${randomBytes(1)[0] ?? 0}.0/24`, reserved: [] }];
  const how = { driver: "macvlan", options: { parent }, internal: false, ipv6: false, pools, labels: {} };
  await trial.network.createNetwork({ spec: { name: "lan", ...how }, labels: {} });
  const wishes = [{ network: "lan", aliases: [] }];
  return async (id, request, names = trial.names) => {
    const { netnsPath, networks, addresses } = await trial.network.attach(id, { networks: wishes });
    const places = placesOf(trial.paths, networks, wishes);
    expect(await names.enter(id, { ...request, places })).toBe("127.0.0.11");
    return { netnsPath, address: addresses[0] ?? "" };
  };
}

/** What a name stands for, for who asks inside; or the code of the failure. */
async function lookUpIn({ netnsPath }: Entered, name: string): Promise<string> {
  const script = `const resolver = new (require("node:dns").promises.Resolver)({ timeout: 2000, tries: 3 });
    resolver.setServers(["127.0.0.11"]);
    resolver.resolve4(process.argv[1]).then((found) => found.sort().join(" "), ({ code }) => code).then(console.log);`;
  const inside = [`--net=${netnsPath}`, process.execPath, "-e", script, name];
  return (await run("nsenter", inside)).stdout.trim();
}

/** Answers every question with one address, and prints what it was asked for. */
const upstream = `const socket = require("node:dgram").createSocket("udp4");
  socket.on("message", (question, { address, port }) => {
    const end = question.indexOf(0, 12) + 5;
    console.log(question.subarray(12, end - 5).toString("latin1").replace(/[\\x01-\\x1f]/g, "."));
    const head = Buffer.from([question[0], question[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 7]);
    socket.send(Buffer.concat([head, question.subarray(12, end), answer]), port, address);
  }).bind(53, "0.0.0.0", () => console.log("listening"));`;

test("containers on a link of the host find each other by name, and the world by their own resolvers", async () => {
  await using trial = await trialNames();
  await using outside = await otherHost();
  const enter = await onLink(trial, outside.hostLink);
  const serving = await enter(web, { names: ["hello-web-1"], service });
  const resolverOfLan = serving.address.replace(/\d+$/, "200");
  const there = [`--net=${outside.netnsPath}`, "ip", "address", "add", `${resolverOfLan}/24`, "dev", "eth0"];
  await run("nsenter", there);
  const world = trial.use(await inNamespace(outside.netnsPath, upstream));
  const asking = await enter(client, { names: ["client"], upstreams: [resolverOfLan] });
  trial.use(await serve(serving.netnsPath, { port, name: "web" }));

  expect(await lookUpIn(asking, "hello-web-1")).toBe(serving.address);
  expect(await lookUpIn(asking, "tasks.web")).toBe(serving.address);
  expect(await lookUpIn(serving, "client")).toBe(asking.address);
  expect(await lookUpIn(asking, "web.hello")).not.toBe(serving.address);
  await trial.names.join(web);
  for (const name of ["web", "web.hello"]) {
    const found = async (): Promise<boolean> => (await lookUpIn(asking, name)) === serving.address;
    await until(`${name} is found`, found);
  }
  expect(await ask(asking.netnsPath, serving.address, port)).toBe(`web ${asking.address}`);

  expect(await lookUpIn(asking, "www.example.org")).toBe("192.0.2.7");
  expect(world.output()).toContain("www.example.org");
  expect(world.output()).not.toMatch(/web|client/);
  await trial.names.withdraw(web);
  const gone = async (): Promise<boolean> => (await lookUpIn(asking, "web")) !== serving.address;
  await until("nobody is found who is not ready", gone);
});

test("their resolvers leave port 53 to them, come back when they were killed, and go with them", async () => {
  await using trial = await trialNames();
  await using outside = await otherHost();
  const enter = await onLink(trial, outside.hostLink);
  const serving = await enter(web, { names: ["hello-web-1"], service });
  const asking = await enter(client, { names: ["client"] });
  const bindAll = `require("node:dgram").createSocket("udp4").bind(53, () => console.log("bound"));`;
  await using own = await inNamespace(asking.netnsPath, bindAll);
  expect(own.output()).toBe("bound\n");
  expect(await lookUpIn(asking, "hello-web-1")).toBe(serving.address);

  expect(resolversOf(trial)).toHaveLength(2);
  for (const pid of resolversOf(trial)) sigkill(pid);
  await until("they are gone", () => resolversOf(trial).length === 0);
  await until("they are back", () => mended(trial));
  expect(await lookUpIn(asking, "hello-web-1")).toBe(serving.address);
  expect(await lookUpIn(serving, "client")).toBe(asking.address);

  await trial.names.leave(web);
  expect(resolversOf(trial)).toHaveLength(1);
  await trial.names.leave(client);
  expect(resolversOf(trial)).toEqual([]);
});

test("they ask whom the host asks now: nobody any more who was taken out of its resolv.conf", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "tallyman-"));
  const resolvConf = join(folder.path, "resolv.conf");
  const onLoopback = "nameserver 127.0.0.1\nnameserver fe80::1%wlan0\n";
  writeFileSync(resolvConf, onLoopback);
  await using trial = await trialNames({ resolvConfs: [resolvConf] });
  await using outside = await otherHost();
  const enter = await onLink(trial, outside.hostLink);
  const asking = await enter(client, { names: ["client"] });
  const resolverOfLan = asking.address.replace(/\d+$/, "200");
  const there = [`--net=${outside.netnsPath}`, "ip", "address", "add", `${resolverOfLan}/24`, "dev", "eth0"];
  await run("nsenter", there);
  trial.use(await inNamespace(outside.netnsPath, upstream));
  expect(await lookUpIn(asking, "www.example.org")).toBe("EREFUSED");

  writeFileSync(resolvConf, `${onLoopback}nameserver ${resolverOfLan}\n`);
  await until("the new one is asked", () => mended(trial));
  expect(await lookUpIn(asking, "www.example.org")).toBe("192.0.2.7");
  writeFileSync(resolvConf, onLoopback);
  await until("it is asked no more", () => mended(trial));
  expect(await lookUpIn(asking, "www.example.org")).toBe("EREFUSED");
});

test("a container in the way of its own resolver is in nobody else's", async () => {
  await using trial = await trialNames();
  await using outside = await otherHost();
  const enter = await onLink(trial, outside.hostLink);
  const hindering = [await enter(web, { names: ["one"] }), await enter(idOf("other"), { names: ["two"] })];
  const asking = await enter(client, { names: ["client"] });
  for (const pid of resolversOf(trial)) sigkill(pid);
  await until("they are gone", () => resolversOf(trial).length === 0);
  for (const { netnsPath } of hindering) trial.use(await inNamespace(netnsPath, bindInner));

  await until("one is back", async () => {
    await expect(trial.openNames().mend()).rejects.toMatchObject({ code: "RESOLVER_FAILED" });
    return resolversOf(trial).length === 1;
  });
  expect(await lookUpIn(asking, "one")).toBe(hindering[0]?.address);
  const names = trial.openNames();
  await until("what was in vain is not tried with each look", () => mendedBy(names));
  expect(resolversOf(trial)).toHaveLength(1);
  await trial.openNames().sweep(new Set([web, idOf("other"), client])); // as whoever opens the engine
  expect(await lookUpIn(asking, "two")).toBe(hindering[1]?.address);
});

/** In the place of the resolver, which any process of the container may take. */
const bindInner = `const socket = require("node:dgram").createSocket("udp4");
  const bind = () => socket.bind(61053, "0.0.0.0", () => console.log("bound"));
  socket.on("error", () => setTimeout(bind, 20)); // one that was killed may have it for a moment
  bind();`;

test("two processes that start the same one at once have it both", async () => {
  await using trial = await trialNames();
  await using outside = await otherHost();
  const enter = await onLink(trial, outside.hostLink);
  const asking = await enter(client, { names: ["client"] });
  for (const pid of resolversOf(trial)) sigkill(pid);
  await until("it is gone", () => resolversOf(trial).length === 0);
  const both = [trial.openNames(), trial.openNames()];
  await Promise.all(both.map((names) => enter(client, { names: ["client"] }, names)));
  expect(await lookUpIn(asking, "client")).toBe(asking.address);
  expect(resolversOf(trial)).toHaveLength(1);
});

test("it is where its container is, also after somebody has made the namespace anew", async () => {
  await using trial = await trialNames();
  await using outside = await otherHost();
  const enter = await onLink(trial, outside.hostLink);
  const asking = await enter(client, { names: ["client"] });
  const before = resolversOf(trial);
  await run("umount", [asking.netnsPath]);
  await run("unshare", [`--net=${asking.netnsPath}`, "ip", "link", "set", "lo", "up"]);
  expect(await lookUpIn(asking, "client")).not.toBe(asking.address);

  await until("it is there", () => mended(trial));
  expect(await lookUpIn(asking, "client")).toBe(asking.address);
  expect(resolversOf(trial)).toHaveLength(1);
  expect(resolversOf(trial)).not.toEqual(before);
});

/** Whoever looks tries once: what was killed may have its sockets for a moment longer. */
function mended(trial: TrialNames): Promise<boolean> {
  return mendedBy(trial.openNames());
}

function mendedBy(names: Names): Promise<boolean> {
  return names.mend().then(
    () => true,
    () => false,
  );
}

function resolversOf({ paths }: TrialNames): readonly number[] {
  const lines = execFileSync("ps", ["-e", "-o", "pid=,args="], { encoding: "utf8" }).split("\n");
  const ours = lines.filter((line) => line.includes("dnsmasq") && line.includes(paths.runDir));
  return ours.map((line) => Number(/^ *(\d+)/.exec(line)?.[1] ?? 0));
}
