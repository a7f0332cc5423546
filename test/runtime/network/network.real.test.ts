import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openNetwork } from "../../../src/runtime/network/network.ts";
import { run } from "../../../src/sys/run.ts";
import { ask, hostPort, idOf, otherHost, routeTo, serve, trialNetwork } from "./trial.ts";

const web = idOf("web");
const api = idOf("api");

describe("an attached container", () => {
  test("has an address that the host reaches, and keeps it when attached again", async () => {
    await using trial = await trialNetwork();
    const attachment = await trial.network.attach(web);
    const { netnsPath, addresses } = attachment;
    trial.use(await serve(netnsPath, { port: 8080, name: "web" }));

    expect(await ask(undefined, addresses[0] ?? "", 8080)).toMatch(/^web /);
    expect(await trial.network.attach(web)).toEqual(attachment);
    expect(await trial.network.addressesOf(web)).toEqual(addresses);
  });

  test("leaves nothing that other users of the host could hold up the next one with", async () => {
    await using trial = await trialNetwork();
    await trial.network.attach(web);
    const folder = join(trial.paths.runDir, "network");
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  test("reaches the outside with the host's address", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    const { netnsPath } = await trial.network.attach(web);
    trial.use(await serve(outside.netnsPath, { port: 9000, name: "outside" }));

    expect(await ask(netnsPath, outside.address, 9000)).toBe(`outside ${outside.hostAddress}`);
  });

  test("gets the address that it had before a reboot, unless another one has it by now", async () => {
    await using trial = await trialNetwork();
    const before = (await trial.network.attach(web)).networks;
    await trial.network.sweep(new Set());

    await trial.network.attach(api);
    const other = (await trial.network.attach(idOf("other"))).networks;
    await trial.network.detach(idOf("other"));
    expect((await trial.network.attach(web, { previous: other })).networks).toEqual(other);
    const third = await trial.network.attach(idOf("third"), { previous: before });
    expect(third.networks).not.toEqual(before);
  });

  test("is made whole where an interrupted run left half of it", async () => {
    await using trial = await trialNetwork();
    const { netnsPath } = await trial.network.attach(web);
    await run("umount", [netnsPath]);

    const again = await openNetwork(trial.paths, trial.instance).attach(web);
    trial.use(await serve(again.netnsPath, { port: 8080, name: "web" }));
    expect(await ask(undefined, again.addresses[0] ?? "", 8080)).toMatch(/^web /);
  });
});

test("an attachment that was interrupted before it was recorded costs no address", async () => {
  await using trial = await trialNetwork();
  await trial.network.attach(web);
  await rm(join(trial.paths.runDir, "network", "attachments"), { recursive: true });
  const { addresses } = await trial.network.attach(web);

  const leases = await readdir(join(trial.paths.runDir, "network", "leases", trial.instance.bridge));
  expect(leases.filter((name) => isIPv4(name))).toEqual(addresses);
});

describe("two instances on one host", () => {
  test("have different subnets and do not see each other's ports", async () => {
    await using one = await trialNetwork();
    await using two = await trialNetwork();
    const [a, b] = [await one.network.attach(web), await two.network.attach(web)];
    one.use(await serve(a.netnsPath, { port: 8080, name: "one" }));
    two.use(await serve(b.netnsPath, { port: 8080, name: "two" }));
    await one.network.setRoutes([routeTo(hostPort(1), [web])]);
    await two.network.setRoutes([routeTo(hostPort(2), [web])]);
    await two.network.sweep(new Set([web]));

    expect(await ask(undefined, "127.0.0.1", hostPort(1))).toMatch(/^one /);
    expect(await ask(undefined, "127.0.0.1", hostPort(2))).toMatch(/^two /);
    expect(await one.network.routes()).toEqual([routeTo(hostPort(1), [web])]);
    await two.network.sweep(new Set());
    expect(await ask(undefined, "127.0.0.1", hostPort(1))).toMatch(/^one /);
    expect(await ask(undefined, "127.0.0.1", hostPort(2))).toBe("ECONNREFUSED");
  });
});

describe("what somebody else took away under a running container comes back with the next sweep", () => {
  test("the bridge: it keeps its address, and its port answers again", async () => {
    await using trial = await trialNetwork();
    const { netnsPath, addresses } = await trial.network.attach(web);
    trial.use(await serve(netnsPath, { port: 8080, name: "web" }));
    await trial.network.setRoutes([routeTo(hostPort(), [web])]);
    await run("ip", ["link", "delete", trial.instance.bridge]);

    await openNetwork(trial.paths, trial.instance).sweep(new Set([web]));
    expect(await ask(undefined, addresses[0] ?? "", 8080)).toMatch(/^web /);
    expect(await ask(undefined, "127.0.0.1", hostPort())).toMatch(/^web /);
    expect(await trial.network.addressesOf(web)).toEqual(addresses);
  });

  test("the table: it reaches the outside again", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    const { netnsPath } = await trial.network.attach(web);
    trial.use(await serve(outside.netnsPath, { port: 9000, name: "outside" }));
    await run("nft", ["delete", "table", "ip", trial.instance.table]);

    await openNetwork(trial.paths, trial.instance).sweep(new Set([web]));
    expect(await ask(netnsPath, outside.address, 9000)).toBe(`outside ${outside.hostAddress}`);
  });

  test("what /run knew of it: it can still be withdrawn from its port", async () => {
    await using trial = await trialNetwork();
    await trial.network.attach(web);
    await trial.network.attach(api);
    await trial.network.setRoutes([routeTo(hostPort(), [web, api])]);
    await rm(join(trial.paths.runDir, "network", "attachments"), { recursive: true });

    await trial.network.setRoutes([routeTo(hostPort(), [api])]);
    expect(await trial.network.routes()).toEqual([routeTo(hostPort(), [api])]);
  });

  test("its address: whoever has it now answers its port, alone", async () => {
    await using trial = await trialNetwork();
    await trial.network.attach(web);
    await trial.network.setRoutes([routeTo(hostPort(), [web])]);
    await rm(join(trial.paths.runDir, "network"), { recursive: true });
    await trial.network.attach(api);

    await trial.network.setRoutes([routeTo(hostPort(), [web, api])]);
    expect(await trial.network.routes()).toEqual([routeTo(hostPort(), [api])]);
  });
});

test("a route to an address that its container no longer has is none", async () => {
  await using trial = await trialNetwork();
  await trial.network.attach(web);
  await trial.network.setRoutes([routeTo(hostPort(), [web])]);
  await trial.network.detach(web);
  await trial.network.attach(api);
  await trial.network.attach(web);
  expect(await trial.network.routes()).toEqual([]);
});

test.each(["{", "{}", '{"formatVersion":1,"subnet":"10.0.0.0/99"}'])(
  "a damaged record of the subnet (%j) is an error that names the file",
  async (content) => {
    await using trial = await trialNetwork();
    await mkdir(trial.paths.dataDir, { recursive: true });
    const path = join(trial.paths.dataDir, "network.json");
    await writeFile(path, content);
    await expect(trial.network.attach(web)).rejects.toMatchObject({
      code: "NETWORK_RECORD_DAMAGED",
      message: expect.stringContaining(path) as string,
    });
    await rm(path);
  },
);

test("tables of others are never touched", async () => {
  await using trial = await trialNetwork();
  const foreign = `tallyman-foreign-${trial.instance.id}`;
  const rule = [
    `add table ip ${foreign}`,
    `add chain ip ${foreign} forward { type filter hook forward priority 0; }`,
    `add rule ip ${foreign} forward tcp dport ${hostPort()} accept`,
  ];
  await run("nft", ["-f", "-"], { input: `${rule.join("\n")}\n` });
  trial.use({
    [Symbol.asyncDispose]: async () => {
      await run("nft", ["delete", "table", "ip", foreign]);
    },
  });
  const before = await run("nft", ["-a", "list", "table", "ip", foreign]);
  await trial.network.attach(web);
  await trial.network.setRoutes([routeTo(hostPort(), [web])]);
  await trial.network.sweep(new Set());

  expect(await run("nft", ["-a", "list", "table", "ip", foreign])).toEqual(before);
});

describe("sweep", () => {
  test("keeps what it is told to and takes the rest out of the routes", async () => {
    await using trial = await trialNetwork();
    const kept = await trial.network.attach(web);
    const gone = await trial.network.attach(api);
    await trial.network.setRoutes([routeTo(hostPort(), [web, api])]);
    await trial.network.sweep(new Set([web]));

    expect(existsSync(kept.netnsPath)).toBe(true);
    expect(existsSync(gone.netnsPath)).toBe(false);
    expect(await trial.network.routes()).toEqual([routeTo(hostPort(), [web])]);
  });

  test("takes a container out of the routes that was detached before it was withdrawn", async () => {
    await using trial = await trialNetwork();
    await trial.network.attach(web);
    await trial.network.attach(api);
    await trial.network.setRoutes([routeTo(hostPort(), [web, api])]);
    await trial.network.detach(api);
    await trial.network.sweep(new Set([web]));

    expect(await trial.network.routes()).toEqual([routeTo(hostPort(), [web])]);
  });

  test("leaves the host as it was where no container is left", async () => {
    await using trial = await trialNetwork();
    const before = await hostState();
    await trial.network.attach(web);
    await trial.network.attach(api);
    await trial.network.setRoutes([routeTo(hostPort(), [web, api])]);
    expect(await hostState()).not.toEqual(before);
    await trial.network.detach(web);
    await trial.network.detach(web);
    await trial.network.sweep(new Set());
    await trial.network.sweep(new Set());

    expect(await hostState()).toEqual(before);
    expect(existsSync(`${trial.paths.runDir}/network`)).toBe(false);

    async function hostState(): Promise<object> {
      const mine = (text: string) => text.split("\n").filter((line) => line.includes(trial.instance.id));
      const mounts = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
      return {
        links: mine((await run("ip", ["-o", "link"])).stdout),
        tables: mine((await run("nft", ["list", "tables"])).stdout),
        mounts: mounts.filter((line) => line.includes(trial.paths.runDir)),
      };
    }
  });
});
