import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ContainerId } from "../../../src/model/ids.ts";
import type { NetworkSpec } from "../../../src/model/network.ts";
import { checkContainersOnCni } from "../../../src/runtime/doctor/cni-networks.ts";
import { openNetwork } from "../../../src/runtime/network/network.ts";
import { run } from "../../../src/sys/run.ts";
import { unmount } from "../../../src/sys/unmount.ts";
import { aConfiguration } from "../../support/cni-configuration.ts";
import { until } from "../../support/until.ts";
import { idOf, trialNetwork } from "./trial.ts";

const [web, db] = [idOf("web"), idOf("db")];

const spec = (driver: string): NetworkSpec => ({
  ...{ name: "lan", driver, options: {}, internal: false, ipv6: false, pools: [], labels: {} },
});
const onLan = { networks: [{ network: "lan", aliases: [] }] };

test("a network that a CNI configuration of the host describes is joined by all of its plugins, and left by them", async () => {
  await using configuration = await aConfiguration();
  await using trial = await trialNetwork();
  await trial.network.createNetwork({ spec: spec(configuration.name), labels: {} });
  const { netnsPath, addresses } = await trial.network.attach(web, onLan);

  expect(addresses).toEqual(["198.19.40.2"]);
  const inside = (...command: string[]) => run("nsenter", [`--net=${netnsPath}`, ...command]);
  expect((await inside("ip", "-4", "address", "show", "eth0")).stdout).toContain("198.19.40.2");
  expect((await inside("sysctl", "-n", "net.core.somaxconn")).stdout).toBe("321\n");
  expect((await trial.network.attach(db, onLan)).addresses).toEqual(["198.19.40.3"]);
  expect(await trial.network.addressesOf(db)).toEqual(["198.19.40.3"]);

  await configuration.write([{ type: "loopback" }]); // it is left as it was joined
  await trial.network.detach(web);
  await trial.network.detach(web);
  await trial.network.detach(db);
  expect(await configuration.leases()).toEqual([]);
  await trial.network.removeNetwork("lan");
});

test("what a container had there before the host went down is given back, and a container that is gone leaves nothing", async () => {
  await using configuration = await aConfiguration();
  await using trial = await trialNetwork();
  await trial.network.createNetwork({ spec: spec(configuration.name), labels: {} });
  for (const id of [web, db]) {
    const { netnsPath } = await trial.network.attach(id, onLan);
    unmount(netnsPath);
  }
  await rm(trial.paths.runDir, { recursive: true });
  expect(await configuration.leases()).toHaveLength(2);

  const after = openNetwork(trial.paths, trial.instance);
  await after.attach(web, onLan);
  expect(await configuration.leases()).toHaveLength(2);
  await after.sweep(new Set([web]));
  expect(await configuration.leases()).toHaveLength(1);
});

test("what a container had there before the host went down is given back, also where the network has another driver since, or is gone", async () => {
  await using configuration = await aConfiguration();
  await using trial = await trialNetwork();
  await trial.network.createNetwork({ spec: spec(configuration.name), labels: {} });
  const { netnsPath } = await trial.network.attach(web, onLan);
  await expect(trial.network.createNetwork({ spec: spec("bridge"), labels: {} })).rejects.toMatchObject({
    code: "NETWORK_IN_USE",
  });
  await trial.network.attach(db, onLan);
  for (const path of [netnsPath, netnsPath.replace(web, db)]) unmount(path);
  await rm(trial.paths.runDir, { recursive: true });

  await trial.network.createNetwork({ spec: spec("bridge"), labels: {} });
  const { addresses } = await trial.network.attach(web, onLan);
  expect(addresses).toEqual([expect.not.stringMatching(/^(0|198)\./)]);
  expect(await configuration.leases()).toHaveLength(1);
  await trial.network.detach(web);
  await trial.network.removeNetwork("lan");
  await trial.network.sweep(new Set());
  expect(await configuration.leases()).toEqual([]);
});

test("a container whose plugin fails to let it go is told of once, and goes; the plugins beside it are called", async () => {
  await using configuration = await aConfiguration();
  await using trial = await trialNetwork();
  await trial.network.createNetwork({ spec: spec(configuration.name), labels: {} });
  for (const id of [web, db]) await trial.network.attach(id, onLan);
  await configuration.write([{ type: "nobody" }]);
  const folder = join(trial.paths.dataDir, "cni", "lan");
  for (const record of await readdir(folder)) {
    const text = await readFile(join(folder, record), "utf8");
    await writeFile(join(folder, record), text.replace('"type":"tuning"', '"type":"nobody"'));
  }

  await expect(trial.network.detach(web)).rejects.toMatchObject({
    code: "CNI_FAILED",
    message: expect.stringContaining("no CNI plugin nobody") as string,
  });
  expect(await configuration.leases()).toEqual(["198.19.40.3"]);
  await trial.network.detach(web);
  expect(await readdir(folder)).toHaveLength(1);
  await trial.network.sweep(new Set([web]));
  expect(await configuration.leases()).toEqual([]);
  await trial.network.detach(db);
  expect(existsSync(folder)).toBe(false);
});

test.each([
  ["by the capability ips", { capabilities: { ips: true } }],
  ["by an argument", {}],
])(
  "a fixed address is asked for %s when a container is started, and passes on to its successor",
  async (_, how) => {
    await using configuration = await aConfiguration();
    await using trial = await trialNetwork();
    const [first = {}, ...others] = configuration.plugins;
    await configuration.write([{ ...first, ...how }, ...others]);
    await trial.network.createNetwork({ spec: spec(configuration.name), labels: {} });
    const networks = [{ network: "lan", aliases: [], ipv4Address: "198.19.40.5" }];
    const start = (id: ContainerId, done: readonly ContainerId[] = []): Promise<void> =>
      trial.network.complete(id, { networks, isDone: (other) => done.includes(other) });
    for (const id of [web, db]) {
      expect((await trial.network.attach(id, { networks })).addresses).toEqual(["198.19.40.5"]);
    }
    expect(await configuration.leases()).toEqual([]);

    await start(web);
    expect(await configuration.leases()).toEqual(["198.19.40.5"]);
    await expect(start(db)).rejects.toMatchObject({ code: "ADDRESS_TAKEN" });
    await start(db, [web]);
    const { netnsPath } = await trial.network.attach(db, { networks });
    const inside = await run("nsenter", [`--net=${netnsPath}`, "ip", "-4", "address", "show", "eth0"]);
    expect(inside.stdout).toContain("198.19.40.5");
    await start(web, [db]);
    await trial.network.sweep(new Set());
    expect(await configuration.leases()).toEqual([]);
  },
);

test("plugins that pay no heed to a fixed address are an error", async () => {
  await using configuration = await aConfiguration();
  await using trial = await trialNetwork();
  const [first = {}] = configuration.plugins;
  await configuration.write([
    { ...first, ipam: { type: "static", addresses: [{ address: "198.19.40.4/29" }] } },
  ]);
  await trial.network.createNetwork({ spec: spec(configuration.name), labels: {} });
  const networks = [{ network: "lan", aliases: [], ipv6Address: "fd00::5" }];
  await trial.network.attach(web, { networks });
  await expect(trial.network.complete(web, { networks, isDone: () => false })).rejects.toMatchObject({
    code: "CNI_FAILED",
  });
});

test("plugins say what is not as they left it", async () => {
  await using configuration = await aConfiguration();
  await using trial = await trialNetwork();
  await trial.network.createNetwork({ spec: spec(configuration.name), labels: {} });
  const { netnsPath } = await trial.network.attach(web, onLan);
  await trial.network.attach(db, onLan);
  const check = async () =>
    (await checkContainersOnCni(trial.paths)).map(({ status, detail }) => [status, detail]);
  expect(await check()).toEqual([["ok", "2 containers are as their plugins left them (CHECK)"]]);

  await run("nsenter", [`--net=${netnsPath}`, "ip", "address", "flush", "dev", "eth0"]);
  const said = "one container is not as their plugins left them: lan: container";
  expect(await check()).toEqual([["warning", expect.stringContaining(said)]]);
  for (const id of [web, db]) await trial.network.detach(id);
  expect(await check()).toEqual([]);
});

test("plugins are asked side by side: one that hangs does not keep the others from being asked", async () => {
  await using configuration = await aConfiguration();
  await using trial = await trialNetwork();
  await trial.network.createNetwork({ spec: spec(configuration.name), labels: {} });
  for (const id of [web, db]) await trial.network.attach(id, onLan);
  await using holder = await holding(configuration.lock);
  const checks = checkContainersOnCni(trial.paths);
  const asked = async () => new Set(await whoseCheckRuns(trial.paths.runDir));
  await until("both are being asked", async () => (await asked()).size === 2);
  holder.release();
  expect(await checks).toMatchObject([
    { status: "ok", detail: expect.stringContaining("2 containers") as string },
  ]);
});

/** Has the lock (flock) of a file until it is released. */
async function holding(file: string): Promise<AsyncDisposable & { release(): void }> {
  const holder = spawn("flock", [file, "sh", "-c", "echo held; cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(holder, "exit");
  await Promise.race([once(holder.stdout, "data"), ended]);
  const release = (): void => void holder.stdin.end();
  return {
    release,
    [Symbol.asyncDispose]: async () => {
      release();
      await ended;
    },
  };
}

/** Of the containers of this instance, as the environment of plugins says. */
async function whoseCheckRuns(runDir: string): Promise<readonly string[]> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    processes.map((pid) => readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")), // it may have ended
  );
  return environments
    .map((text) => text.split("\0"))
    .filter(
      (each) =>
        each.includes("CNI_COMMAND=CHECK") && each.some((one) => one.startsWith(`CNI_NETNS=${runDir}/`)),
    )
    .flatMap((each) => each.find((one) => one.startsWith("CNI_CONTAINERID=")) ?? []);
}

test("a plugin that fails is named with its file and its own words, and what those before it did is undone", async () => {
  await using configuration = await aConfiguration();
  await using trial = await trialNetwork();
  await trial.network.createNetwork({ spec: spec(configuration.name), labels: {} });
  const attach = (): Promise<unknown> => trial.network.attach(web, onLan);
  const [first = {}] = configuration.plugins;
  await configuration.write([first, { type: "tuning", sysctl: { "net.nothing": "1" } }]);
  const failure = `${configuration.file}: plugin tuning: `;
  await expect(attach()).rejects.toMatchObject({
    code: "CNI_FAILED",
    message: expect.stringContaining(failure) as string,
  });
  expect(await configuration.leases()).toHaveLength(1);
  await trial.network.detach(web);
  expect(await configuration.leases()).toEqual([]);

  await configuration.write([first, { type: "nobody" }]);
  await expect(attach()).rejects.toMatchObject({
    code: "NO_CNI_PLUGINS",
    message: expect.stringContaining(`${configuration.file}: no CNI plugin nobody`) as string,
  });
  await trial.network.detach(web);
  await expect(
    trial.network.createNetwork({ spec: { ...spec("tm-absent"), name: "other" }, labels: {} }),
  ).rejects.toMatchObject({ code: "NO_CNI_CONFIGURATION" });
});
