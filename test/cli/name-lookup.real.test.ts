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

  const [resolvConf = "", hosts = "", route = "", domain, site = "", web = ""] = await inService(
    home,
    "client",
    [
      "cat /etc/resolv.conf",
      "cat /etc/hosts",
      "ip route",
      "cat /proc/sys/kernel/domainname",
      "nslookup site.",
      "nslookup web.",
    ],
  );
  expect(resolvConf).toMatch(/^nameserver \d[\d.]+\n(?!nameserver)/);
  expect(resolvConf).toContain("search one.example\noptions timeout:3 ndots:0\n");
  expect(hosts).toMatch(/^\d[\d.]+\tclient\.example\.org\tclient$/m);
  expect(hosts).toMatch(/^192\.0\.2\.5\tdb\.example$/m);
  const [, gateway = ""] = /^default via (\S+)/m.exec(route) ?? [];
  expect(hosts).toContain(`${gateway}\thost.docker.internal\n`);
  expect(domain).toBe("example.org\n");
  expect(addressIn(web)).toMatch(/^\d/);
  expect(addressIn(site)).toBe(addressIn(web));

  const files = ["cat /etc/resolv.conf", "cat /etc/hosts"];
  expect(await inService(home, "beside", files)).toEqual([resolvConf, hosts]);
  expect((await inService(home, "plain", files))[0]).toMatch(
    /^nameserver 192\.0\.2\.53\nnameserver 192\.0\.2\.54\n(?!nameserver)/,
  );

  await home.write("compose.yaml", stack("two.example"));
  const { stdout } = await home.run(["up", "--dry-run"]);
  expect(stdout).toContain('dns_search: ["one.example"] → ["two.example"]  compose.yaml:12');
});

/** What each command prints there. */
async function inService(
  home: TestInstance,
  service: string,
  commands: readonly string[],
): Promise<readonly string[]> {
  const line = commands.join("; echo ====; ");
  return (await home.run(["exec", "-T", `lookup/${service}`, "sh", "-c", line])).stdout.split("====\n");
}

/** The dot at the end of the name keeps nslookup, unlike others, from looking in domains first. */
function addressIn(answer: string): string | undefined {
  return /^Address: (\d[\d.]*)$/m.exec(answer)?.[1];
}
