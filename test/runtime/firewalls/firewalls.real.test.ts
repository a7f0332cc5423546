import { describe, expect, test } from "vitest";
import { anInstance, type RunOptions, type TestInstance } from "../../support/instance.ts";
import { aHost, wire, type TestHost } from "../../support/host.ts";
import { until } from "../../support/until.ts";
import { getFrom, webStack } from "../../support/web-stack.ts";
import { ask, inNamespace } from "../network/trial.ts";
import { firewalls, type ActiveFirewall } from "./active-firewall.ts";

/** On hosts of their own. */
const port = 8080;

/** Each brings a host up and down, with a firewall that is a program of its own. */
const timeout = 300_000;

describe.each(Object.entries(firewalls))("where %s filters", (_, firewall) => {
  test.skipIf(!firewall.isInstalled)(
    "traffic passes, also after a reload and after an update, and down leaves no rule of ours",
    { timeout },
    async () => {
      await using hosts = await twoHosts(firewall);
      await using _running = await firewall.start(hosts.host);
      await using instance = await anInstance();
      await reconcile(instance, hosts, "one");
      await firewall.reload(hosts.host);
      await traffic(instance, hosts, "one");
      await reconcile(instance, hosts, "two");
      await traffic(instance, hosts, "two");

      expect(ours(await firewall.rules(hosts.host))).not.toEqual([]);
      expect(await instance.run(["down", "--all"], hosts)).toMatchObject({ exitCode: 0 });
      expect(ours(await firewall.rules(hosts.host))).toEqual([]);
    },
  );
});

test(
  "while somebody watches, a firewall that is started lets pass what is published and no more, and rules that are flushed come back",
  { timeout },
  async () => {
    const { ufw } = firewalls as { readonly ufw: ActiveFirewall };
    await using hosts = await twoHosts(ufw);
    await using instance = await anInstance();
    await reconcile(instance, hosts, "Hello");
    await using watching = instance.spawn(["reconcile", "--watch", "-f", instance.folder], hosts);
    await watching.prints("Watching");
    await using _running = await ufw.start(hosts.host);

    await until("the published port answers", async () => (await hosts.fromOutside()).startsWith("Hello"));
    const [container] = await instance.ps();
    await hosts.outside.run("ip", "route", "add", "fd00::/8", "via", "2001:2::1");
    expect(container?.addresses).toHaveLength(2);
    for (const address of container?.addresses ?? []) {
      expect(await ask(hosts.outside.netnsPath, address, 80), address).toBe("timeout");
    }

    await hosts.host.run("nft", "flush", "ruleset"); // as an administrator's nftables.conf begins
    await until("the published port answers again", async () =>
      (await hosts.fromOutside()).startsWith("Hello"),
    );
    await until("its service's address leads to it again", () => answersByName(instance, hosts));
    await until("networks are apart again", async () =>
      (await hosts.host.run("nft", "list", "tables")).stdout.includes("-networks"),
    );
    watching.signal("SIGTERM");
    await watching.ended;
    expect(await instance.run(["down", "--all"], hosts)).toMatchObject({ exitCode: 0 });
  },
);

/** At the addresses of both families that its name stands for. */
async function answersByName(instance: TestInstance, hosts: Hosts): Promise<boolean> {
  const line = `for address in $(nslookup web | sed -n 's/^Address: //p'); do ${askFor("$address 80")}; done`;
  const { stdout } = await instance.run(["exec", "shop/web", "sh", "-c", line], hosts);
  return stdout.match(/Hello/g)?.length === 2;
}

const askFor = (where: string): string => `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 20 ${where}`;

/** To a published port, from a container to other hosts, both by both families, and its questions to our resolver. */
async function traffic(instance: TestInstance, hosts: Hosts, greeting: string): Promise<void> {
  for (const address of ["198.18.0.1", "[2001:2::1]"]) {
    expect(await hosts.fromOutside(address), address).toMatch(greeting);
  }
  const line = `nslookup web; ${askFor(`198.18.0.2 ${port}`)}; ${askFor(`2001:2::2 ${port}`)}`;
  const { stdout } = await instance.run(["exec", "shop/web", "sh", "-c", line], hosts);
  expect(stdout).toMatch(/Name:\s+web\nAddress/);
  expect(stdout.match(/outside/g)).toHaveLength(2);
}

/** Where Tallyman runs, and another one that serves and asks. */
interface Hosts extends AsyncDisposable, RunOptions {
  readonly host: TestHost;
  readonly outside: TestHost;
  /** What the published port answers, by IPv4 where nothing is said. */
  fromOutside(address?: string): Promise<string>;
}

async function twoHosts({ ownFolders }: Pick<ActiveFirewall, "ownFolders">): Promise<Hosts> {
  await using making = new AsyncDisposableStack();
  const host = making.use(await aHost({ ownFolders }));
  const outside = making.use(await aHost());
  await wire(host, outside);
  for (const [index, each] of [host, outside].entries()) {
    await each.run("ip", "address", "add", `2001:2::${index + 1}/64`, "dev", "wire0", "nodad");
  }
  making.use(await serveHttp(outside));
  const made = making.move();
  return {
    host,
    outside,
    under: host.inside,
    fromOutside: (address = "198.18.0.1") =>
      getFrom(outside.netnsPath, `http://${address}:${port}`).catch(String),
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

const more = "networks: {default: {enable_ipv6: true}}\n";

async function reconcile(
  instance: TestInstance,
  { under = [] }: RunOptions,
  greeting: string,
): Promise<void> {
  await instance.write("compose.yaml", webStack({ port, replicas: 1, greeting, more }));
  expect(await instance.run(["reconcile", "--wait", "-f", instance.folder], { under })).toMatchObject({
    exitCode: 0,
  });
}

/** Lines that name a bridge of ours. */
function ours(rules: string): readonly string[] {
  return rules.split("\n").filter((line) => /tm-|tallyman/.test(line));
}

function serveHttp(host: TestHost): Promise<AsyncDisposable> {
  const script = `require("node:http").createServer((_, answer) => answer.end("outside"))
    .listen(${port}, () => console.log("listening"))`;
  return inNamespace(host.netnsPath, script);
}
