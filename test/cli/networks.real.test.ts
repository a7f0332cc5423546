import { expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { freePort } from "../support/free-port.ts";
import { until } from "../support/until.ts";
import { traces } from "../support/traces.ts";
import { otherHost } from "../runtime/network/trial.ts";

const serve =
  'command: ["sh", "-c", "mkdir -p /www; echo $$NAME > /www/index.html; exec httpd -f -p 80 -h /www"]';

function service(name: string, more: string): string {
  return `  ${name}:\n    image: ../image\n    environment: {NAME: ${name}}\n    ${serve}\n    stop_grace_period: 0s\n    ${more}\n`;
}

async function addressesOf(instance: TestInstance): Promise<Record<string, Record<string, string>>> {
  const { stdout } = await instance.run(["ps", "--format", "json"]);
  const { containers } = JSON.parse(stdout) as {
    containers: { name: string; networks: { name: string; addresses: string[] }[] }[];
  };
  return Object.fromEntries(
    containers.map(({ name, networks }) => [
      name,
      Object.fromEntries(networks.map((network) => [network.name, network.addresses[0] ?? ""])),
    ]),
  );
}

/** What a container of this service is answered at an address; empty where it is not. */
async function ask(instance: TestInstance, from: string, address = ""): Promise<string> {
  const { stdout } = await instance.run(["exec", from, "wget", "-qO-", `http://${address}/`]);
  return stdout.trim();
}

test("stacks do not see each other but on a network that they share, and nothing is left of it when the last one is down", async () => {
  await using instance = await anInstance();
  const port = await freePort();
  const shop = (networks: string): string =>
    `name: shop\nservices:\n${service("web", `ports: ["${port}:80"]\n    networks: ${networks}`)}${service("db", "networks: [back]")}networks: {front: {name: edge}, back: {internal: true}}\n`;
  await instance.write("shop/compose.yaml", shop("[front, back]"));
  const blog = `name: blog\nservices:\n${service("app", "networks: [edge]")}networks: {edge: {external: true}}\n`;
  await instance.write("blog/compose.yaml", blog);
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });

  const at = await addressesOf(instance);
  expect(Object.keys(at["shop-web-1"] ?? {})).toEqual(["edge", "shop_back"]);
  const db = at["shop-db-1"]?.["shop_back"];
  await until("web reaches db", async () => (await ask(instance, "shop/web", db)) === "db");
  expect(await ask(instance, "blog/app", at["shop-web-1"]?.["edge"])).toBe("web");
  expect(await ask(instance, "blog/app", db)).toBe("");
  const published = await fetch(`http://127.0.0.1:${port}/`);
  expect((await published.text()).trim()).toBe("web");
  expect(await instance.run(["reconcile", "--dry-run", "--detailed-exitcode"])).toMatchObject({
    exitCode: 0,
  });

  await instance.write("shop/compose.yaml", shop("[front]"));
  const { stdout } = await instance.run(["reconcile"]);
  expect(stdout).toMatch(/-\/\+ web .*\n +networks.back: .*shop\/compose.yaml:\d+/);
  expect(Object.keys((await addressesOf(instance))["shop-web-1"] ?? {})).toEqual(["edge"]);

  expect(await instance.run(["down", "shop"])).toMatchObject({ exitCode: 0 });
  expect(await instance.run(["down", "blog"])).toMatchObject({ exitCode: 0 });
  expect(await traces(instance)).toEqual([]);
});

test("a stack with IPv6 is reached and finds its services by it, keeps it, and leaves nothing of it", async () => {
  await using instance = await anInstance();
  const port = await freePort();
  const file = (ipv6: boolean): string =>
    `name: shop\nservices:\n${service("web", `ports: ["${port}:80"]\n    networks: [front]`)}${service("db", "networks: {front: {ipv4_address: 198.19.21.9}}")}networks:\n  front:\n    enable_ipv6: ${ipv6}\n    ipam: {config: [{subnet: 198.19.21.0/24}]}\n`;
  await instance.write("shop/compose.yaml", file(true));
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });

  const { stdout } = await instance.run(["network", "inspect", "shop_front", "--format", "json"]);
  const [front] = (JSON.parse(stdout) as { networks: readonly Inspected[] }).networks;
  const all = front?.services.map(({ address }) => address) ?? [];
  const [db = ""] = all.filter((address) => address.includes(":"));
  await until("web reaches db", async () => (await ask(instance, "shop/web", `[${db}]`)) === "db");
  const own = front?.containers.find(({ name }) => name === "shop-db-1")?.addresses ?? [];
  expect(own).toEqual(["198.19.21.9", front?.ipv6.gateway.replace(/:1$/, ":9")]);
  const published = await fetch(`http://[${front?.ipv6.gateway ?? ""}]:${port}/`);
  expect((await published.text()).trim()).toBe("web");
  const unchanged = await instance.run(["reconcile", "--dry-run", "--detailed-exitcode"]);
  expect(unchanged).toMatchObject({ exitCode: 0 });

  await instance.write("shop/compose.yaml", file(false));
  const { stderr } = await instance.run(["reconcile"]);
  expect(stderr).toMatch(/compose\.yaml:\d+:\d+: error: the network shop_front has IPv6, and containers/);
  expect(await instance.run(["down", "--all"])).toMatchObject({ exitCode: 0 });
  expect(await traces(instance)).toEqual([]);
});

interface Inspected {
  readonly ipv6: { readonly gateway: string };
  /** Sorted by name. */
  readonly services: readonly { readonly address: string }[];
  readonly containers: readonly { readonly name: string; readonly addresses: readonly string[] }[];
}

test("a subnet that the host has a route to, and one that the pools do not have, are errors in the plan", async () => {
  await using instance = await anInstance();
  await using outside = await otherHost();
  const routed = outside.hostAddress.replace(/\d+$/, "0/24");
  const TALLYMAN_CONFIG = await instance.write(
    "config.yaml",
    "version: 1\nnetwork: {pools: [{base: 127.6.0.0/24, size: 24}]}\n",
  );
  const file = `name: shop\nservices:\n${service("web", "networks: [front, back]")}networks:\n  front: {ipam: {config: [{subnet: ${routed}}]}}\n  back:\n`;
  await instance.write("shop/compose.yaml", file);
  const { stderr, exitCode } = await instance.run(["reconcile"], { env: { TALLYMAN_CONFIG } });
  expect(stderr).toMatch(/shop\/compose\.yaml:\d+:\d+: error: 198\.18\.\d+\.0\/24 of network shop_front/);
  expect(stderr).toContain(`${routed} of network shop_front overlaps the host's route to 198.18.`);
  expect(stderr).toMatch(
    /shop\/compose\.yaml:\d+:\d+: error: there is no free subnet for network shop_back in 127\.6\.0\.0\/24/,
  );
  expect(exitCode).toBe(2);
  expect(await instance.ps()).toEqual([]);
});
