import { expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";

const stack = (search: string): string => `
name: lookup
services:
  web: {image: ./image, command: [sleep, "1000"], stop_signal: SIGKILL}
  client:
    image: ./image
    command: [sleep, "1000"]
    stop_signal: SIGKILL
    hostname: client
    domainname: example.org
    dns: [192.0.2.53]
    dns_search: [${search}]
    dns_opt: [timeout:3]
    extra_hosts: ["db.example=192.0.2.5", "host.docker.internal:host-gateway"]
    links: [web:site]
  beside:
    image: ./image
    command: [sleep, "1000"]
    stop_signal: SIGKILL
    network_mode: service:client
  plain:
    image: ./image
    command: [sleep, "1000"]
    stop_signal: SIGKILL
    network_mode: bridge
    dns: [192.0.2.53, 192.0.2.54]
`;

test("a service says whom it asks for names, and which it knows itself; who shares its network has the same", async () => {
  await using home = await anInstance();
  await home.write("compose.yaml", stack("one.example"));
  expect(await home.run(["up"])).toMatchObject({ exitCode: 0 });

  const resolvConf = await inService(home, "client", "cat /etc/resolv.conf");
  expect(resolvConf).toMatch(/^nameserver \d[\d.]+\n(?!nameserver)/);
  expect(resolvConf).toContain("search one.example\noptions timeout:3 ndots:0\n");
  const hosts = await inService(home, "client", "cat /etc/hosts");
  expect(hosts).toMatch(/^\d[\d.]+\tclient\.example\.org\tclient$/m);
  expect(hosts).toMatch(/^192\.0\.2\.5\tdb\.example$/m);
  const gateway = await inService(home, "client", "ip route | sed -n 's/^default via \\([^ ]*\\).*/\\1/p'");
  expect(hosts).toContain(`${gateway.trim()}\thost.docker.internal\n`);
  expect(await inService(home, "client", "cat /proc/sys/kernel/domainname")).toBe("example.org\n");
  expect(await inService(home, "client", "nslookup site.")).toContain(await addressOf(home, "web"));

  expect(await inService(home, "beside", "cat /etc/resolv.conf")).toBe(resolvConf);
  expect(await inService(home, "beside", "cat /etc/hosts")).toBe(hosts);
  expect(await inService(home, "plain", "cat /etc/resolv.conf")).toMatch(
    /^nameserver 192\.0\.2\.53\nnameserver 192\.0\.2\.54\n(?!nameserver)/,
  );

  await home.write("compose.yaml", stack("two.example"));
  const { stdout } = await home.run(["up", "--dry-run"]);
  expect(stdout).toContain('dns_search: ["one.example"] → ["two.example"]  compose.yaml:12');
});

async function inService(home: TestInstance, service: string, line: string): Promise<string> {
  return (await home.run(["exec", "-T", `lookup/${service}`, "sh", "-c", line])).stdout;
}

/** What the name of a service stands for; the dot keeps nslookup, unlike others, from looking in domains first. */
async function addressOf(home: TestInstance, name: string): Promise<string> {
  const found = await inService(home, "client", `nslookup ${name}.`);
  const addresses = [...found.matchAll(/^Address: (\d[\d.]*)$/gm)];
  expect(addresses).toHaveLength(1);
  return addresses[0]?.[1] ?? "";
}
