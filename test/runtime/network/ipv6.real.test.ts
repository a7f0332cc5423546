import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { canonicalAddress } from "../../../src/model/host-address.ts";
import { leasesOf } from "../../../src/runtime/network/leases.ts";
import { networkRecords } from "../../../src/runtime/network/network-record.ts";
import { openNetwork } from "../../../src/runtime/network/network.ts";
import { run } from "../../../src/sys/run.ts";
import { make, on, spec } from "./ipv6-networks.ts";
import { ask, hostPort, idOf, otherHost, routeTo, serve, trialNetwork, withIPv6 } from "./trial.ts";

const [web, api, other] = [idOf("web"), idOf("api"), idOf("other")];
const port = 8080;

/** Nobody answers, and nobody refuses. */
const unreachable = /^(timeout|EHOSTUNREACH|ENETUNREACH|EACCES)/;

async function addressesIn(netnsPath: string): Promise<string> {
  return (await run("nsenter", [`--net=${netnsPath}`, "ip", "-6", "address", "show", "scope", "global"]))
    .stdout;
}

describe("a network with IPv6", () => {
  test("gives its containers a local address by which they reach each other and the world", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    const outside6 = await withIPv6(outside);
    await make(trial, spec("front"));
    const one = await trial.network.attach(web, on("front"));
    const two = await trial.network.attach(api, on("front"));
    trial.use(await serve(two.netnsPath, { port, name: "two", on: "::" }));
    trial.use(await serve(outside.netnsPath, { port: 9000, name: "outside", on: "::" }));

    const [subnet6] = networkRecords(trial.paths).map((record) => record.subnet6);
    expect(subnet6).toMatch(/^fd[\da-f:]+::\/64$/);
    const [, address = ""] = two.addresses;
    expect(address.startsWith((subnet6 ?? "").replace("/64", ""))).toBe(true);
    expect(await ask(one.netnsPath, address, port)).toBe(`two ${one.addresses[1] ?? ""}`);
    expect(await ask(undefined, address, port)).toMatch(/^two /);
    expect(await ask(one.netnsPath, outside6.address, 9000)).toBe(`outside ${outside6.hostAddress}`);
  });

  test("is apart from others: who is not on it does not reach it, and who has only IPv4 has nothing else", async () => {
    await using trial = await trialNetwork();
    await make(trial, spec("front"), spec("back"), spec("plain", { ipv6: false }));
    const front = await trial.network.attach(web, on("front"));
    const back = await trial.network.attach(api, on("plain", "back"));
    const plain = await trial.network.attach(other, on("plain"));
    trial.use(await serve(front.netnsPath, { port, name: "front", on: "::" }));
    trial.use(await serve(back.netnsPath, { port, name: "back", on: "::" }));

    expect(await ask(back.netnsPath, front.addresses[1] ?? "", port)).toMatch(unreachable);
    expect(await ask(plain.netnsPath, back.addresses[2] ?? "", port)).toMatch(unreachable);
    expect(back.networks.map(({ addresses }) => addresses.length)).toEqual([1, 2]);
    const { stdout } = await run("nsenter", [
      `--net=${plain.netnsPath}`,
      "ip",
      "-6",
      "address",
      "show",
      "eth0",
    ]);
    expect(stdout).toBe("");
    trial.use(await serve(plain.netnsPath, { port: 9000, name: "itself", on: "::" }));
    expect(await ask(plain.netnsPath, "::1", 9000)).toBe("itself ::1");
  });

  test("has no way out where it is internal", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    const outside6 = await withIPv6(outside);
    await make(trial, spec("inside", { internal: true }));
    const one = await trial.network.attach(web, on("inside"));
    const two = await trial.network.attach(api, on("inside"));
    trial.use(await serve(two.netnsPath, { port, name: "two", on: "::" }));
    trial.use(await serve(outside.netnsPath, { port: 9000, name: "outside", on: "::" }));

    expect(await ask(one.netnsPath, two.addresses[1] ?? "", port)).toMatch(/^two /);
    expect(await ask(undefined, two.addresses[1] ?? "", port)).toMatch(/^two /);
    expect(await ask(one.netnsPath, outside6.address, 9000)).toMatch(unreachable);
    expect(await ask(outside.netnsPath, two.addresses[1] ?? "", port)).toMatch(unreachable);
  });

  test("is open to other hosts by its published ports alone, whatever leads them to its addresses", async () => {
    await using trial = await trialNetwork();
    await using outside = await otherHost();
    const outside6 = await withIPv6(outside);
    await make(trial, spec("front"));
    const one = await trial.network.attach(web, on("front"));
    const [, address = ""] = one.addresses;
    trial.use(await serve(one.netnsPath, { port, name: "one", on: "::" }));
    trial.use(await serve(one.netnsPath, { port: 9000, name: "nobody else's", on: "::" }));
    await trial.network.setRoutes([routeTo(hostPort(), [web])]);

    expect(await ask(outside.netnsPath, outside6.hostAddress, hostPort())).toMatch(/^one /);
    const own = await Promise.all([port, 9000].map((each) => ask(outside.netnsPath, address, each)));
    expect(own).toEqual(["timeout", "timeout"]);
    expect(await ask(undefined, address, 9000)).toMatch(/^nobody else's /);
  });

  test("has the subnet of its own choice, and gives fixed addresses of it", async () => {
    await using trial = await trialNetwork();
    const pools = [
      { subnet: "198.19.9.0/24", reserved: [] },
      {
        subnet: "2001:2:0:ff::/64",
        gateway: "2001:2:0:ff::ff",
        reserved: ["2001:2:0:ff::1"],
        fixed: ["2001:2:0:ff::2"],
      },
    ];
    await make(trial, spec("own", { pools }));
    const free = await trial.network.attach(web, on("own"));
    expect(free.addresses).toEqual(["198.19.9.2", "2001:2:0:ff::3"]);
    const fixed = { network: "own", aliases: [], ipv4Address: "198.19.9.7", ipv6Address: "2001:2:0:ff::2" };
    const { netnsPath } = await trial.network.attach(api, { networks: [fixed] });
    await trial.network.complete(api, { networks: [fixed], isDone: () => false });

    expect(await addressesIn(netnsPath)).toContain("2001:2:0:ff::2/64");
    const { stdout } = await run("nsenter", [`--net=${netnsPath}`, "ip", "-6", "route", "show", "default"]);
    expect(stdout).toContain("via 2001:2:0:ff::ff");
    await trial.network.attach(other, { networks: [fixed] });
    const taken = trial.network.complete(other, { networks: [fixed], isDone: () => false });
    await expect(taken).rejects.toMatchObject({ code: "ADDRESS_TAKEN" });
    const same = spec("same", { pools: [{ subnet: "2001:2:0:ff::/60", reserved: [] }] });
    await expect(make(trial, same)).rejects.toMatchObject({ code: "SUBNET_TAKEN" });
  });
});

test("a container may have a fixed address of IPv6 alone: that of IPv4 is known from when it is made, and nobody else's", async () => {
  await using trial = await trialNetwork();
  const subnet6 = `2001:2:0:${randomBytes(2).toString("hex")}::/64`;
  const pools = [{ subnet: subnet6, reserved: [] }];
  await make(trial, spec("own", { pools }));
  const ipv6Address = canonicalAddress(subnet6.replace("::/64", "::beef:9"));
  const networks = [{ network: "own", aliases: [], ipv6Address }];
  const made = await trial.network.attach(web, { networks });
  const [ipv4Address = ""] = made.addresses;
  expect(made.addresses).toEqual([expect.stringMatching(/^\d+\./), ipv6Address]);
  expect((await trial.network.attach(api, on("own"))).addresses).not.toContain(ipv4Address);
  await trial.network.complete(web, { networks, isDone: () => false });
  const { stdout } = await run("nsenter", [`--net=${made.netnsPath}`, "ip", "address", "show", "eth0"]);
  expect(stdout).toContain(` ${ipv4Address}/`);
  expect(stdout).toContain(` ${ipv6Address}/64`);

  const next = await trial.network.attach(other, { networks });
  const taken = trial.network.complete(other, { networks, isDone: () => false });
  await expect(taken).rejects.toMatchObject({ code: "ADDRESS_TAKEN" });
  await trial.network.complete(other, { networks, isDone: (id) => id === web });
  trial.use(await serve(next.netnsPath, { port, name: "next", on: "::" }));
  expect(await ask(undefined, ipv6Address, port)).toMatch(/^next /);
  expect(await ask(undefined, next.addresses[0] ?? "", port)).toMatch(/^next /);
  const previous = [{ network: "own", interfaceName: "eth0", addresses: [ipv4Address], joined: true }];
  const last = await trial.network.attach(idOf("last"), { ...on("own"), previous });
  expect(last.addresses).not.toContain(ipv4Address);
  await trial.network.complete(web, { networks, isDone: (id) => id === other }); // the way back
  expect(await addressesIn(made.netnsPath)).toContain(`${ipv6Address}/64`);
  for (const id of [web, other, api, idOf("last")]) await trial.network.detach(id);
  expect(await leasesOf(trial.paths, networkRecords(trial.paths)[0] ?? { bridge: "" })).toEqual([]);
});

test("one that is taken away before it was ever started leaves no address behind", async () => {
  await using trial = await trialNetwork();
  const subnet6 = `2001:2:0:${randomBytes(2).toString("hex")}::/64`;
  await make(trial, spec("own", { pools: [{ subnet: subnet6, reserved: [] }] }));
  const ipv6Address = canonicalAddress(subnet6.replace("::/64", "::beef:9"));
  const lives = await trial.network.attach(api, on("own"));
  const made = await trial.network.attach(web, { networks: [{ network: "own", aliases: [], ipv6Address }] });
  const leases = async (): Promise<readonly string[]> =>
    (await leasesOf(trial.paths, networkRecords(trial.paths)[0] ?? { bridge: "" })).map(
      (each) => each.address,
    );
  expect(await leases()).toContain(made.addresses[0]);
  await trial.network.detach(web);
  expect((await leases()).toSorted()).toEqual([...lives.addresses].sort());
});

test("a host that takes advice from routers still does when it has begun to pass packets on for bridges", async () => {
  const module = new URL("../../../src/runtime/network/ipv6.ts", import.meta.url).href;
  const script = `
    cd /proc/sys/net/ipv6/conf
    ip link add uplink type veth peer name router
    echo 0 >uplink/accept_dad && echo 0 >router/accept_dad
    ip link set router up && ip link set uplink up
    ip link add bridge0 type bridge && ip link add bridge1 type bridge
    grep . all/forwarding
    advise() {
      printf '\\206\\0\\0\\0\\100\\0\\7\\10\\0\\0\\0\\0\\0\\0\\0\\0' |
        socat -u - IP6-SENDTO:[ff02::1%router]:58,setsockopt=41:18:i255 || true # it may have no address yet
    }
    learn() {
      ip -6 route flush proto ra
      tries=600
      until ip -6 route show default | grep -q via; do
        [ $((tries -= 1)) -gt 0 ]
        advise
        sleep 0.1
      done
    }
    for bridge in bridge0 bridge1 bridge1; do
      learn
      "$0" -e 'import("${module}").then(({ allowIPv6 }) => allowIPv6(process.argv[1]))' $bridge
      ip -6 route show default
    done
    grep -H . all/forwarding default/forwarding uplink/forwarding uplink/accept_ra bridge0/accept_ra`;
  const { stdout } = await run("unshare", ["--net", "sh", "-ec", script, process.execPath]);

  expect(stdout.replaceAll(/fe80::[\da-f:]+|(?<=metric 1024).*/g, "")).toBe(`0
default via  dev uplink proto ra metric 1024
default via  dev uplink proto ra metric 1024
default via  dev uplink proto ra metric 1024
all/forwarding:1
default/forwarding:0
uplink/forwarding:0
uplink/accept_ra:1
bridge0/accept_ra:0
`);
});

test("IPv6 that somebody took away comes back with the next sweep; nothing of it is left at the end", async () => {
  await using trial = await trialNetwork();
  await make(trial, spec("front"), spec("back"));
  const { netnsPath, addresses } = await trial.network.attach(web, on("front"));
  const apart = await trial.network.attach(api, on("back"));
  trial.use(await serve(netnsPath, { port, name: "web", on: "::" }));
  const bridge = networkRecords(trial.paths).find((record) => record.spec.name === "front")?.bridge ?? "";
  await run("ip", ["link", "delete", bridge]);
  await run("nft", ["delete", "table", "ip6", trial.instance.table]);

  await openNetwork(trial.paths, trial.instance).sweep(new Set([web, api]));
  expect(await ask(undefined, addresses[1] ?? "", port)).toMatch(/^web /);
  expect(await ask(apart.netnsPath, addresses[1] ?? "", port)).toMatch(unreachable);
  expect((await run("nft", ["list", "tables"])).stdout).toContain(`ip6 ${trial.instance.table}`);

  await trial.network.sweep(new Set());
  expect((await run("nft", ["list", "tables"])).stdout).not.toContain(trial.instance.table);
  expect(existsSync(`/sys/class/net/${bridge}`)).toBe(false);
});
