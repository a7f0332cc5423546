import { expect, test } from "vitest";
import { aHost, type TestHost } from "../support/host.ts";
import { anInstance } from "../support/instance.ts";
import { serve } from "../runtime/network/trial.ts";

const stack = `name: shop
services:
  web:
    image: ./image
    command: ["sh", "-c", "mkdir -p /www; echo Hello > /www/index.html; exec httpd -f -p 80 -h /www"]
    stop_signal: SIGKILL
    ports: ["8080:80"]
`;

test("a host that was no router is none for its neighbours while containers run, but for links that come later, and after down as it was", async () => {
  await using making = new AsyncDisposableStack();
  const host = making.use(await aHost());
  await host.run("sysctl", "-w", "net.ipv4.ip_forward=0");
  await host.run("sysctl", "-w", "net.ipv4.conf.all.accept_redirects=0");
  const neighbour = making.use(await aHost());
  const asked = making.use(await aHost());
  await link(host, neighbour, { name: "left", subnet: "198.18.1" });
  await link(host, asked, { name: "right", subnet: "198.18.2" });
  making.use(await serve(asked.netnsPath, { port: 8081, name: "reached", on: "0.0.0.0" }));
  const instance = making.use(await anInstance());
  const there = { under: host.inside };
  const run = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await instance.run(args, there);
    expect(exitCode, stderr).toBe(0);
    return stdout;
  };
  const setting = async (name: string): Promise<string> =>
    (await host.run("sysctl", "-n", name)).stdout.trim();
  const isRouted = (withinS?: number): Promise<boolean> => connects(neighbour, "198.18.2.2", 8081, withinS);
  await instance.write("compose.yaml", stack);
  expect(await isRouted(1)).toBe(false);

  await run("reconcile", "--wait", "-f", instance.folder);
  expect(await isRouted(1), "while containers run").toBe(false);
  expect(await connects(neighbour, "198.18.1.1", 8080)).toBe(true);
  expect(await connects(asked, "198.18.2.1", 8080)).toBe(true);
  expect(await run("network", "inspect", "shop_default")).toContain(
    "what comes in by left or right goes out by no",
  );
  expect((await instance.run(["doctor"], there)).stdout).toContain(
    "nothing else is passed on from left, right",
  );

  await host.run("nft", "flush", "ruleset");
  expect(await isRouted(), "its rules are gone").toBe(true);
  await run("reconcile", "--wait", "-f", instance.folder);
  expect(await isRouted(1), "its rules are there again").toBe(false);

  const machine = making.use(await aHost());
  await link(host, machine, { name: "later", subnet: "198.18.3" });
  expect(await connects(machine, "198.18.2.2", 8081)).toBe(true);
  await host.run("ip", "link", "delete", "later");

  await run("down", "--all");
  expect(await isRouted(1), "after down").toBe(false);
  expect(await setting("net.ipv4.ip_forward")).toBe("0");
  expect(await setting("net.ipv4.conf.all.accept_redirects")).toBe("0");
  expect((await host.run("nft", "list", "ruleset")).stdout).toBe("");
});

test("forwarding stays on after down where a link has come since, whose maker may rely on it, and where it was on before", async () => {
  await using making = new AsyncDisposableStack();
  const host = making.use(await aHost());
  const instance = making.use(await anInstance());
  const there = { under: host.inside };
  await instance.write("compose.yaml", stack);
  for (const [before, later] of [
    ["0", "wg0"],
    ["1", undefined],
  ] as const) {
    await host.run("sysctl", "-w", `net.ipv4.ip_forward=${before}`);
    const up = await instance.run(["reconcile", "--wait", "-f", instance.folder], there);
    expect(up.exitCode, up.stderr).toBe(0);
    if (later !== undefined) await host.run("ip", "link", "add", later, "type", "veth");
    expect(await instance.run(["down", "--all"], there)).toMatchObject({ exitCode: 0 });
    expect((await host.run("sysctl", "-n", "net.ipv4.ip_forward")).stdout.trim()).toBe("1");
    expect((await host.run("nft", "list", "ruleset")).stdout).toBe("");
  }
});

test("what a host was before the first container stays known where somebody switches forwarding off, and it is that after down", async () => {
  await using making = new AsyncDisposableStack();
  const host = making.use(await aHost());
  const instance = making.use(await anInstance());
  const there = { under: host.inside };
  const up = async (...services: readonly string[]): Promise<void> => {
    const written = services.map(
      (name) => `  ${name}: { image: ./image, command: sleep 999, stop_signal: SIGKILL }`,
    );
    await instance.write("compose.yaml", ["name: shop", "services:", ...written, ""].join("\n"));
    const { exitCode, stderr } = await instance.run(["reconcile", "--wait", "-f", instance.folder], there);
    expect(exitCode, stderr).toBe(0);
  };
  const set = (name: string, value: 0 | 1): Promise<unknown> =>
    host.run("sysctl", "-w", `net.ipv4.${name}=${value}`);
  const setting = async (name: string): Promise<string> =>
    (await host.run("sysctl", "-n", `net.ipv4.${name}`)).stdout.trim();
  await set("ip_forward", 0);
  await set("conf.all.accept_redirects", 0);
  await host.run("ip", "link", "add", "router", "type", "veth", "peer", "name", "plain");
  await set("conf.router.forwarding", 1);
  await up("web");

  await host.run("ip", "link", "add", "docker0", "type", "bridge");
  await set("ip_forward", 0);
  await up("web", "more");
  expect(await setting("ip_forward")).toBe("1");
  expect((await instance.run(["doctor"], there)).stdout).toContain("nothing else is passed on from plain");
  await host.run("ip", "link", "delete", "docker0");
  await set("ip_forward", 0); // as it is, too, where the program was killed while it switched it off

  expect(await instance.run(["down", "--all"], there)).toMatchObject({ exitCode: 0 });
  expect(await setting("ip_forward")).toBe("0");
  expect(await setting("conf.router.forwarding")).toBe("1");
  expect(await setting("conf.all.accept_redirects")).toBe("0");
});

test("of two instances on a host the one that stays keeps it from being a router, and makes it what it was when it goes, too", async () => {
  await using making = new AsyncDisposableStack();
  const host = making.use(await aHost());
  const there = { under: host.inside };
  await host.run("sysctl", "-w", "net.ipv4.ip_forward=0");
  await host.run("ip", "link", "add", "left", "type", "veth", "peer", "name", "right");
  const instances = [making.use(await anInstance()), making.use(await anInstance())] as const;
  for (const instance of instances) {
    await instance.write("compose.yaml", stack.replace(/ports.*/, ""));
    const up = await instance.run(["reconcile", "--wait", "-f", instance.folder], there);
    expect(up.exitCode, up.stderr).toBe(0);
  }

  expect(await instances[0].run(["down", "--all"], there)).toMatchObject({ exitCode: 0 });
  expect((await instances[1].run(["network", "inspect", "shop_default"], there)).stdout).toContain(
    "what comes in by left or right goes out by no",
  );
  expect(await instances[1].run(["down", "--all"], there)).toMatchObject({ exitCode: 0 });
  expect((await host.run("sysctl", "-n", "net.ipv4.ip_forward")).stdout.trim()).toBe("0");
  expect((await host.run("nft", "list", "ruleset")).stdout).toBe("");
});

/** The first is .1 of the subnet, the second .2, and sends what is for others to the first. */
async function link(
  first: TestHost,
  second: TestHost,
  { name, subnet }: { readonly name: string; readonly subnet: string },
): Promise<void> {
  const other = second.netnsPath.split("/")[2] ?? "";
  await first.run("ip", "link", "add", name, "type", "veth", "peer", "name", name, "netns", other);
  for (const [host, place] of [
    [first, 1],
    [second, 2],
  ] as const) {
    await host.run("ip", "address", "add", `${subnet}.${place}/30`, "dev", name);
    await host.run("ip", "link", "set", name, "up");
  }
  await second.run("ip", "route", "add", "default", "via", `${subnet}.1`);
}

async function connects(from: TestHost, address: string, port: number, withinS = 30): Promise<boolean> {
  const connect = `exec 3<>/dev/tcp/${address}/${port}`;
  return from.run("timeout", `${withinS}`, "bash", "-c", connect).then(
    () => true,
    () => false,
  );
}
