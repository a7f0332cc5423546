import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aConfiguration } from "../support/cni-configuration.ts";
import { aHost, wire } from "../support/host.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { traces } from "../support/traces.ts";
import { until } from "../support/until.ts";
import { getFrom } from "../support/web-stack.ts";
import { otherHost } from "../runtime/network/trial.ts";

/** Services on a network that is not a bridge of ours find each other by name, all the same. */
const services = `services:
  web:
    image: ../image
    command: ["sh", "-c", "mkdir -p /www; cat /etc/hostname > /www/index.html; exec httpd -f -p 80 -h /www"]
    stop_grace_period: 0s
    deploy: {replicas: 2}
    networks: {lan: {aliases: [site.example]}}
  client:
    image: ../image
    command: ["sleep", "1000"]
    stop_grace_period: 0s
    networks: [lan]
`;

test("services on a link of the host find each other's ready replicas by name, and nothing is left after down", async () => {
  await using instance = await anInstance();
  await using outside = await otherHost();
  const subnet = `198.19.${128 + ((randomBytes(1)[0] ?? 0) % 64)}.0/24`;
  const lan = `{driver: macvlan, driver_opts: {parent: ${outside.hostLink}}, ipam: {config: [{subnet: ${subnet}}]}}`;
  await instance.write("shop/compose.yaml", `name: shop\n${services}networks: {lan: ${lan}}\n`);
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  await findsBoth(instance);

  const { stdout } = await instance.run(["network", "inspect", "shop_lan"]);
  expect(stdout).toContain("127.0.0.11 inside shop-client-1 answers (dnsmasq)");
  expect(await instance.run(["down", "--all"])).toMatchObject({ exitCode: 0 });
  expect(await traces(instance)).toEqual([]);
});

test("services on a network of a CNI configuration do so, too, and leave no lease of it", async () => {
  await using instance = await anInstance();
  await using configuration = await aConfiguration("198.19.41.0/28");
  const lan = `{driver: ${configuration.name}}`;
  await instance.write("shop/compose.yaml", `name: shop\n${services}networks: {lan: ${lan}}\n`);
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  await findsBoth(instance);

  expect(await configuration.leases()).toHaveLength(3);
  expect(await instance.run(["down", "--all"])).toMatchObject({ exitCode: 0 });
  expect(await configuration.leases()).toEqual([]);
  expect(await traces(instance)).toEqual([]);
});

test("a service on such a network has the address and the port that it asks for, also after an update", async () => {
  await using host = await aHost();
  await using outside = await aHost();
  await wire(host, outside);
  await using instance = await anInstance();
  await using configuration = await aConfiguration("198.19.42.0/28");
  const [first = {}] = configuration.plugins;
  const portmap = { type: "portmap", snat: true, capabilities: { portMappings: true } };
  await configuration.write([{ ...first, capabilities: { ips: true } }, portmap]);
  const there = { under: host.inside };
  const reconcile = async (greeting: string): Promise<void> => {
    await instance.write("shop/compose.yaml", published(greeting, configuration.name));
    const path = join(instance.folder, "shop");
    const { exitCode, stderr } = await instance.run(["reconcile", "--wait", "-f", path], there);
    expect(exitCode, stderr).toBe(0);
  };
  const told = async (command: string): Promise<string> => (await instance.run([command], there)).stdout;

  for (const greeting of ["Hello", "Goodbye"]) {
    await reconcile(greeting);
    expect(await getFrom(outside.netnsPath, "http://198.18.0.1:8080/")).toBe(greeting);
    expect(await configuration.leases()).toEqual(["198.19.42.9"]);
    expect(await told("ps")).toContain("8080->80/tcp");
  }
  expect(await told("doctor")).toContain("one container is as their plugins left them");
  expect(await instance.run(["down", "--all"], there)).toMatchObject({ exitCode: 0 });
  expect(await configuration.leases()).toEqual([]);
  expect((await host.run("nft", "list", "ruleset")).stdout).not.toMatch(/8080|198\.19\.42/);
});

test("a port of such a network is led on while its container is not stopped, and to a new one as soon as that is started, also before it is healthy", async () => {
  await using host = await aHost();
  await using outside = await aHost();
  await wire(host, outside);
  await using instance = await anInstance();
  await using configuration = await aConfiguration("198.19.43.0/28");
  const portmap = { type: "portmap", snat: true, capabilities: { portMappings: true } };
  await configuration.write([...configuration.plugins.slice(0, 1), portmap]);
  const there = { under: host.inside };
  const path = join(instance.folder, "shop");
  const lan = (greeting: string, more = ""): Promise<unknown> => {
    const file = published(greeting, configuration.name).replace(
      "{lan: {ipv4_address: 198.19.42.9}}",
      "[lan]",
    );
    return instance.write("shop/compose.yaml", file.replace("    ports:", `${more}    ports:`));
  };
  await lan("Hello");
  expect(await instance.run(["reconcile", "--wait", "-f", path], there)).toMatchObject({ exitCode: 0 });
  expect(await getFrom(outside.netnsPath, "http://198.18.0.1:8080/")).toBe("Hello");

  const rules = async (): Promise<string> => (await host.run("nft", "list", "ruleset")).stdout;
  expect(await rules()).toMatch(/\b8080\b/);
  for (const [word, isLed] of [
    ["stop", false],
    ["start", true],
  ] as const) {
    await instance.run([word, "shop/web"], there);
    expect(await instance.run(["reconcile", "--wait", "-f", path], there)).toMatchObject({ exitCode: 0 });
    expect(/\b8080\b/.test(await rules()), `${word}: the port is led on`).toBe(isLed);
  }
  expect(await getFrom(outside.netnsPath, "http://198.18.0.1:8080/")).toBe("Hello");

  const neverHealthy = `    healthcheck: {test: ["CMD", "false"], interval: 1s, retries: 1, start_period: 10m}\n`;
  await lan("Goodbye", neverHealthy);
  await using update = instance.spawn(["reconcile", "-f", path], there);
  const isAsked = async (): Promise<boolean> =>
    (await getFrom(outside.netnsPath, "http://198.18.0.1:8080/").catch(() => "")) === "Goodbye";
  await until("the new one is asked", isAsked, { withinMs: 60_000 });
  expect((await instance.ps()).map(({ state }) => state).sort()).toEqual(["exited", "running"]);
  update.signal("SIGINT");
  await update.ended;
  expect(await instance.run(["down", "--all"], there)).toMatchObject({ exitCode: 0 });
  expect(await configuration.leases()).toEqual([]);
  expect(await rules()).not.toMatch(/8080|198\.19\.43/);
});

const published = (greeting: string, driver: string): string => `name: shop
services:
  web:
    image: ../image
    command: ["sh", "-c", "mkdir -p /www; echo ${greeting} > /www/index.html; exec httpd -f -p 80 -h /www"]
    stop_signal: SIGKILL
    ports: ["8080:80"]
    networks: {lan: {ipv4_address: 198.19.42.9}}
networks: {lan: {driver: ${driver}}}
`;

/** By each of its names; and they answer. */
async function findsBoth(instance: TestInstance): Promise<void> {
  const line = "for name in web tasks.web site.example; do nslookup $name; done";
  await until("all names lead to both replicas", async () => {
    const { stdout } = await instance.run(["exec", "shop/client", "sh", "-c", line]);
    const found = [...stdout.matchAll(/^Name:\s(\S+)\nAddress: ([\d.]+)$/gm)].map((match) =>
      match.slice(1).join(" "),
    );
    return new Set(found).size === 6;
  });
  const { stdout } = await instance.run([
    "exec",
    "shop/client",
    "wget",
    "-qO-",
    `http://${await first(instance)}/`,
  ]);
  expect(stdout).toMatch(/^[0-9a-f]{12}$/m);
}

async function first(instance: TestInstance): Promise<string> {
  const [web] = (await instance.ps()).filter(({ name }) => name.includes("web"));
  return web?.addresses[0] ?? "";
}
