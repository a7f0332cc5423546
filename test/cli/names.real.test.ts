import { spawnSync } from "node:child_process";
import { isIPv4 } from "node:net";
import { expect, test } from "vitest";
import { lookUp } from "../runtime/names/trial.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { sigkill } from "../support/sigkill.ts";
import { traces } from "../support/traces.ts";
import { until } from "../support/until.ts";

const serve =
  'command: ["sh", "-c", "mkdir -p /www; cat /etc/hostname > /www/index.html; exec httpd -f -p 80 -h /www"]';

const stack = `
name: shop
services:
  web:
    image: ../image
    ${serve}
    stop_grace_period: 0s
    deploy: {replicas: 2}
    networks: {default: {aliases: [site.example]}}
  client:
    image: ../image
    command: ["sleep", "1000"]
    stop_grace_period: 0s
    dns: 192.0.2.1
    hostname: boss
  asleep: {image: ../image, deploy: {replicas: 0}}
`;

test("services are found by name, by whichever replica is ready, and the names outlive their resolver", async () => {
  await using instance = await anInstance();
  await instance.write("shop/compose.yaml", stack);
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });

  const answers = new Set<string>();
  await until("both replicas have answered", async () => answers.add(await ask(instance, "web")).size === 2);
  for (const name of ["tasks.web", "site.example"]) {
    expect(await ask(instance, name), name).toMatch(/^[0-9a-f]{12}$/);
  }

  const [shortId = ""] = answers;
  expect(await ask(instance, shortId)).toBe(shortId);
  const boss = await instance.run(["exec", "shop/client", "nslookup", "boss."]);
  expect(boss.stdout).toMatch(/^Address: \d[\d.]*$/m);
  for (const name of ["asleep.shop", "tasks.asleep.shop"]) {
    const { stdout, stderr } = await instance.run(["exec", "shop/client", "nslookup", `${name}.`]);
    expect(stdout + stderr, "answered here, and not asked of 192.0.2.1").toContain(
      `can't find ${name}.: NXDOMAIN`,
    );
  }

  sigkill(resolverOf(instance));
  await instance.run(["reconcile"]);
  expect(await ask(instance, "web")).toMatch(/^[0-9a-f]{12}$/);

  expect(await instance.run(["down", "--all"])).toMatchObject({ exitCode: 0 });
  expect(await traces(instance)).toEqual([]);
});

test("a resolver that is killed answers again while an agent watches, which makes no new plan for it", async () => {
  await using instance = await anInstance();
  await instance.write("shop/compose.yaml", stack);
  await using agent = instance.spawn(["reconcile", "--watch", "-f", "shop"]);
  await agent.prints("Watching", { withinMs: 60_000 });
  const { mark } = agent;
  const { stdout } = await instance.run(["exec", "shop/web", "cat", "/etc/resolv.conf"]);
  const [, nameserver = ""] = /^nameserver (\S+)/.exec(stdout) ?? [];
  const address = await lookUp(nameserver, "web");
  expect(isIPv4(address)).toBe(true);

  const killed = resolverOf(instance, nameserver);
  sigkill(killed);
  await until("another one answers", async () => {
    const pid = resolverOf(instance, nameserver);
    return pid > 0 && pid !== killed && (await lookUp(nameserver, "web")) === address;
  });
  expect(agent.stdout.slice(mark.stdout) + agent.stderr.slice(mark.stderr)).toBe("");
});

/** What the client is answered; empty where nobody is found. */
async function ask(instance: TestInstance, name: string): Promise<string> {
  // By programs that have a resolver of their own, or need none: a static busybox has not that of the C library.
  const inClient = (line: string) => instance.run(["exec", "shop/client", "sh", "-c", line]);
  const found = (await inClient(`nslookup ${name}`)).stdout;
  const [address] = [...found.matchAll(/^Address: (\d[\d.]*)$/gm)].flatMap(([, each]) => each ?? []);
  if (address === undefined) return "";
  const { stdout } = await inClient(`printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 5 ${address} 80`);
  return stdout.trim().split("\n").at(-1) ?? "";
}

/** @param nameserver Its address; the first one when absent. */
function resolverOf({ folder }: TestInstance, nameserver = ""): number {
  const { stdout } = spawnSync("ps", ["-C", "dnsmasq", "-o", "pid=,args="], { encoding: "utf8" });
  const own = stdout.split("\n").find((line) => line.includes(folder) && line.includes(`${nameserver} `));
  return Number(/^ *(\d+)/.exec(own ?? "")?.[1]);
}
