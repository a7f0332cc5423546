import { expect, test } from "vitest";
import { aHost } from "../support/host.ts";
import { anInstance } from "../support/instance.ts";

/** `web` tells who asks by which address. */
const stack = `name: shop
services:
  web:
    image: ./image
    command:
      - sh
      - -c
      - |
        mkdir -p /www/cgi-bin; cd /www/cgi-bin
        printf '#!/bin/sh\\necho; echo $$REMOTE_ADDR' > who; chmod +x who
        exec httpd -f -p 80 -h /www
    stop_signal: SIGKILL
    ports: ["8080:80"]
  client: { image: ./image, command: [sleep, "1000"], stop_signal: SIGKILL }
`;

/** On a host of its own: the setting is that of all bridges of a host. */
test("services and published ports are answered from the host, other containers and a replica itself, with either value of bridge-nf-call-iptables", async () => {
  await using host = await aHost();
  await host.run("ip", "address", "add", "198.18.0.1/32", "dev", "lo");
  await using instance = await anInstance();
  const there = { under: host.inside };
  await instance.write("compose.yaml", stack);
  const { exitCode, stderr } = await instance.run(["reconcile", "--wait", "-f", instance.folder], there);
  expect(exitCode, stderr).toBe(0);
  const names = await instance.run(["exec", "shop/client", "nslookup", "web"], there);
  const virtual = [...names.stdout.matchAll(/^Address: (\S+)$/gm)].at(-1)?.[1] ?? "";
  const client = (await instance.ps()).find(({ service }) => service === "client")?.addresses[0];
  const asked = (address: string): string => `http://${address}/cgi-bin/who`;
  const line = `wget -qO- ${asked("web")}; wget -qO- ${asked("198.18.0.1:8080")}`;

  for (const value of ["1", "0"]) {
    await host.run("sysctl", "-w", `net.bridge.bridge-nf-call-iptables=${value}`);
    for (const service of ["client", "web"]) {
      const { stdout } = await instance.run(["exec", `shop/${service}`, "sh", "-c", line], there);
      expect(addressesIn(stdout), `${service}, with ${value}`).toHaveLength(2);
      if (service === "client" && value === "1") {
        expect(addressesIn(stdout)).toEqual([client, client]); // what stays on the bridge keeps its sender
      }
    }
    const urls = [virtual, "127.0.0.1:8080", "198.18.0.1:8080"].map(asked);
    const { stdout } = await host.run("curl", "-sS", ...urls);
    expect(addressesIn(stdout), `the host, with ${value}`).toHaveLength(3);
  }
  expect(await instance.run(["down", "--all"], there)).toMatchObject({ exitCode: 0 });
});

/** Of IPv4, as sockets of both families write them. */
function addressesIn(text: string): readonly string[] {
  return text.match(/\d+(\.\d+){3}/g) ?? [];
}
