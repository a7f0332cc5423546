import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ContainerNetwork, NetworkSpec } from "../../../src/model/network.ts";
import { Bridges } from "../../../src/runtime/network/bridges.ts";
import { networkRecords } from "../../../src/runtime/network/network-record.ts";
import { openNetwork } from "../../../src/runtime/network/network.ts";
import { defaultSettings } from "../../../src/runtime/settings.ts";
import { run } from "../../../src/sys/run.ts";
import { ask, hostPort, idOf, otherHost, serve, trialNetwork, type Trial } from "./trial.ts";

const [web, api, other] = [idOf("web"), idOf("api"), idOf("other")];
const port = 8080;

function spec(name: string, changes: Partial<NetworkSpec> = {}): NetworkSpec {
  const plain = { driver: "bridge", options: {}, internal: false, ipv6: false, pools: [], labels: {} };
  return { name, ...plain, ...changes };
}

async function make(trial: Trial, ...specs: readonly NetworkSpec[]): Promise<void> {
  for (const each of specs) await trial.network.createNetwork({ spec: each, labels: {} });
}

function on(...names: readonly string[]): { networks: readonly ContainerNetwork[] } {
  return { networks: names.map((network) => ({ network, aliases: [] })) };
}

/** Nobody answers, and nobody refuses. */
const unreachable = /^(timeout|EHOSTUNREACH|ENETUNREACH)/;

test("containers see those that they share a network with, and no others", async () => {
  await using trial = await trialNetwork();
  await make(trial, spec("front"), spec("back"));
  const front = await trial.network.attach(web, on("front"));
  const back = await trial.network.attach(api, on("back"));
  const both = await trial.network.attach(other, on("front", "back"));
  trial.use(await serve(back.netnsPath, { port, name: "api" }));
  trial.use(await serve(both.netnsPath, { port, name: "both" }));

  expect(both.networks.map(({ network, interfaceName }) => [network, interfaceName])).toEqual([
    ["front", "eth0"],
    ["back", "eth1"],
  ]);
  expect(await ask(front.netnsPath, both.addresses[0] ?? "", port)).toMatch(/^both /);
  expect(await ask(both.netnsPath, back.addresses[0] ?? "", port)).toMatch(/^api /);
  expect(await ask(front.netnsPath, back.addresses[0] ?? "", port)).toMatch(unreachable);
});

test("a port is reached from other networks and hosts where it is published, and only by the host's address", async () => {
  await using trial = await trialNetwork();
  await using outside = await otherHost();
  await make(trial, spec("front"), spec("back"));
  const front = await trial.network.attach(web, on("front", "back"));
  const back = await trial.network.attach(api, on("back"));
  const alone = await trial.network.attach(other);
  trial.use(await serve(front.netnsPath, { port, name: "web" }));
  const route = { hostAddress: "0.0.0.0", hostPort: hostPort(), protocol: "tcp" } as const;
  await trial.network.setRoutes([{ ...route, backends: [{ containerId: web, port }] }]);

  expect(await ask(outside.netnsPath, outside.hostAddress, hostPort())).toBe(`web ${outside.address}`);
  expect(await ask(undefined, "127.0.0.1", hostPort())).toMatch(/^web /);
  expect(await ask(back.netnsPath, outside.hostAddress, hostPort())).toMatch(/^web /);
  expect(await ask(alone.netnsPath, outside.hostAddress, hostPort())).toMatch(/^web /);
  expect(await ask(alone.netnsPath, front.addresses[0] ?? "", port)).toMatch(unreachable);
});

test("an internal network has no way out and no way in, but the host's", async () => {
  await using trial = await trialNetwork();
  await using outside = await otherHost();
  await make(trial, spec("inside", { internal: true }));
  const one = await trial.network.attach(web, on("inside"));
  const two = await trial.network.attach(api, on("inside"));
  trial.use(await serve(two.netnsPath, { port, name: "two" }));
  trial.use(await serve(outside.netnsPath, { port: 9000, name: "outside" }));

  expect(await ask(one.netnsPath, two.addresses[0] ?? "", port)).toMatch(/^two /);
  expect(await ask(undefined, two.addresses[0] ?? "", port)).toMatch(/^two /);
  expect(await ask(one.netnsPath, outside.address, 9000)).toMatch(unreachable);
  expect(await ask(outside.netnsPath, two.addresses[0] ?? "", port)).toMatch(unreachable);
});

describe("a network with a subnet of its own", () => {
  const pool = {
    subnet: "198.19.7.0/24",
    gateway: "198.19.7.254",
    range: "198.19.7.128/30",
    reserved: ["198.19.7.129"],
  };
  const own = spec("own", { pools: [pool], options: { "com.docker.network.driver.mtu": "1400" } });

  test("has its gateway, its range without what is reserved, and its MTU", async () => {
    await using trial = await trialNetwork();
    await make(trial, own);
    const { netnsPath, addresses } = await trial.network.attach(web, on("own"));

    expect(addresses).toEqual(["198.19.7.128"]);
    expect((await trial.network.attach(api, on("own"))).addresses).toEqual(["198.19.7.130"]);
    const inside = (...args: string[]) => run("nsenter", [`--net=${netnsPath}`, "ip", ...args]);
    expect((await inside("route", "show", "default")).stdout).toContain("via 198.19.7.254");
    expect((await inside("link", "show", "eth0")).stdout).toContain("mtu 1400");
  });

  test("loses the gateway that it had while nobody was on it", async () => {
    await using trial = await trialNetwork();
    await make(trial, own);
    await trial.network.attach(web, on("own"));
    await trial.network.detach(web);
    await make(trial, spec("own", { pools: [{ ...pool, gateway: "198.19.7.253" }] }));
    const { netnsPath } = await trial.network.attach(api, on("own"));

    const { stdout } = await run("ip", ["-o", "-4", "address", "show", "to", pool.subnet]);
    expect(stdout.match(/inet \S+/g)).toEqual(["inet 198.19.7.253/24"]);
    const route = await run("nsenter", [`--net=${netnsPath}`, "ip", "route", "show", "default"]);
    expect(route.stdout).toContain("via 198.19.7.253");
  });

  test("gives a fixed address to the one that is started, when the one that had it has ended", async () => {
    await using trial = await trialNetwork();
    await make(trial, own);
    const networks = [
      { network: "own", aliases: [], ipv4Address: "198.19.7.9", macAddress: "02:42:c6:13:07:09" },
    ];
    await trial.network.attach(web, { networks });
    await trial.network.complete(web, { networks, isDone: () => false });
    const next = await trial.network.attach(api, { networks });
    await expect(trial.network.complete(api, { networks, isDone: () => false })).rejects.toMatchObject({
      code: "ADDRESS_TAKEN",
    });

    await trial.network.complete(api, { networks, isDone: (id) => id === web });
    trial.use(await serve(next.netnsPath, { port, name: "next" }));
    expect(await ask(undefined, "198.19.7.9", port)).toMatch(/^next /);
    const link = await run("nsenter", [`--net=${next.netnsPath}`, "ip", "link", "show", "eth0"]);
    expect(link.stdout).toContain("02:42:c6:13:07:09");
    await trial.network.detach(web);
    expect(await ask(undefined, "198.19.7.9", port)).toMatch(/^next /);
  });

  test("is refused where another network or the host has it", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    await make(trial, own);
    const overlapping = spec("second", { pools: [{ subnet: "198.19.0.0/16", reserved: [] }] });
    await expect(make(trial, overlapping)).rejects.toMatchObject({ code: "SUBNET_TAKEN" });
    const wire = spec("third", { pools: [{ subnet: `${outside.address}/24`, reserved: [] }] });
    await expect(make(trial, wire)).rejects.toMatchObject({ code: "SUBNET_TAKEN" });
    expect(networkRecords(trial.paths).map((record) => record.spec.name)).toEqual(["own"]);
  });
});

test.for(["macvlan", "ipvlan"])(
  "a network on a link of the host (%s) is that link's own, by both families: its hosts see the container's address, and none of ours",
  async (driver, { skip }) => {
    await using outside = await otherHost();
    skip(!(await canBeMade(driver, outside.hostLink)), `the kernel has no ${driver}`);
    await using trial = await trialNetwork();
    for (const address of ["198.19.8.9/24", "2001:2:0:808::9/64"]) {
      const there = [`--net=${outside.netnsPath}`, "ip", "address", "add", address, "dev", "eth0"];
      await run("nsenter", [...there, ...(address.includes(":") ? ["nodad"] : [])]);
    }
    trial.use(await serve(outside.netnsPath, { port: 9000, name: "outside" }));
    trial.use(await serve(outside.netnsPath, { port: 9006, name: "outside", on: "::" }));
    const pools = [
      { subnet: "198.19.8.0/24", range: "198.19.8.128/30", reserved: [] },
      { subnet: "2001:2:0:808::/64", reserved: [] },
    ];
    const how = { driver, options: { parent: outside.hostLink }, ipv6: true, pools };
    await make(trial, spec("lan", how));
    const macAddress = "02:42:c6:13:08:01";
    const networks = [{ network: "lan", aliases: [], ...(driver === "macvlan" && { macAddress }) }];
    const { netnsPath, addresses } = await trial.network.attach(web, { networks });
    trial.use(await serve(netnsPath, { port, name: "web" }));

    expect(addresses).toEqual(["198.19.8.128", "2001:2:0:808::2"]);
    expect(await ask(netnsPath, "198.19.8.9", 9000)).toBe("outside 198.19.8.128");
    expect(await ask(netnsPath, "2001:2:0:808::9", 9006)).toBe("outside 2001:2:0:808::2");
    expect(await ask(outside.netnsPath, "198.19.8.128", port)).toBe("web 198.19.8.9");
    const { stdout } = await run("nsenter", [`--net=${netnsPath}`, "ip", "-d", "link", "show", "eth0"]);
    expect(stdout).toContain(driver);
    if (driver === "macvlan") expect(stdout).toContain(macAddress);
    await run("ip", ["link", "delete", outside.hostLink]);
    await trial.network.detach(web);
    await trial.network.removeNetwork("lan");

    const gone = spec("gone", { ...how, options: { parent: "tm-nobody" } });
    await expect(make(trial, gone)).rejects.toMatchObject({ code: "NO_PARENT_LINK" });
  },
);

/** Whether the kernel knows such links: tried, since it may have to load what makes them. */
async function canBeMade(driver: string, parent: string): Promise<boolean> {
  const link = parent.replace("tm-w", "tm-t");
  const made = run("ip", ["link", "add", "link", parent, "name", link, "type", driver]);
  const isMade = await made.then(
    () => true,
    () => false,
  );
  if (isMade) await run("ip", ["link", "delete", link]);
  return isMade;
}

test("a network that nobody is on may get another driver, and leaves none of its rules behind", async () => {
  await using trial = await trialNetwork();
  await make(trial, spec("front", { ipv6: true }), spec("back", { ipv6: true }));
  const front = networkRecords(trial.paths).find((record) => record.spec.name === "front")?.bridge ?? "";
  const rules = async (): Promise<string> => {
    const tables = ["ip", "ip6"].map((family) => ["list", "table", family, trial.instance.table]);
    const listed = await Promise.all(tables.map((table) => run("nft", table)));
    return listed.map(({ stdout }) => stdout).join("");
  };
  expect(await rules()).toContain(front);

  const pools = [{ subnet: "198.19.22.0/24", reserved: [] }];
  await make(trial, spec("front", { driver: "macvlan", options: { parent: "lo" }, pools }));
  expect(await rules()).not.toContain(front);
  expect(existsSync(`/sys/class/net/${front}`)).toBe(false);
  await make(trial, spec("front"));
  expect(await rules()).toContain(front);
});

test("networks are there once made, and gone once removed; not while a container is on them", async () => {
  await using trial = await trialNetwork();
  await make(trial, spec("front"), spec("front"), spec("back"));
  const [back, front] = networkRecords(trial.paths);
  expect([back?.spec.name, front?.spec.name]).toEqual(["back", "front"]);
  expect(front?.bridge).toMatch(/^.{1,15}$/);
  await trial.network.attach(web, on("front"));

  await trial.network.removeNetwork("back");
  await trial.network.removeNetwork("back");
  await expect(trial.network.removeNetwork("front")).rejects.toMatchObject({ code: "NETWORK_IN_USE" });
  await trial.network.detach(web);
  await trial.network.removeNetwork("front");
  expect(networkRecords(trial.paths)).toEqual([]);
  expect(existsSync(`/sys/class/net/${front?.bridge ?? ""}`)).toBe(false);
  await expect(trial.network.attach(web, on("front"))).rejects.toMatchObject({ code: "NO_SUCH_NETWORK" });
});

test("what is left by who was killed when the last network had gone, goes with the next sweep", async () => {
  await using trial = await trialNetwork();
  await make(trial, spec("front"));
  await trial.network.attach(web, on("front"));
  await trial.network.detach(web);
  const { table } = trial.instance;
  await new Bridges(trial.paths, trial.instance, defaultSettings.network).remove("front"); // the half of removeNetwork
  expect((await run("nft", ["list", "tables"])).stdout).toContain(table);

  await openNetwork(trial.paths, trial.instance).sweep(new Set());
  expect((await run("nft", ["list", "tables"])).stdout).not.toContain(table);
  expect(existsSync(`${trial.paths.runDir}/network`)).toBe(false);
});

test("a bridge and rules that somebody took away come back with the next sweep, and after a reboot", async () => {
  await using trial = await trialNetwork();
  await make(trial, spec("front"), spec("back"));
  const { netnsPath, addresses, networks } = await trial.network.attach(web, on("front"));
  const apart = await trial.network.attach(api, on("back"));
  trial.use(await serve(netnsPath, { port, name: "web" }));
  const bridge = networkRecords(trial.paths).find((record) => record.spec.name === "front")?.bridge ?? "";
  await run("ip", ["link", "delete", bridge]);
  await run("nft", ["delete", "table", "inet", `${trial.instance.table}-networks`]);

  await openNetwork(trial.paths, trial.instance).sweep(new Set([web, api]));
  expect(await ask(undefined, addresses[0] ?? "", port)).toMatch(/^web /);
  expect(await ask(apart.netnsPath, addresses[0] ?? "", port)).toMatch(unreachable);

  await trial.network.sweep(new Set());
  const again = await trial.network.attach(web, { ...on("front"), previous: networks });
  expect(again.addresses).toEqual(addresses);
});
