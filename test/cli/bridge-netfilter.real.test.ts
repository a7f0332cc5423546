import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { aHost, type TestHost } from "../support/host.ts";
import { anInstance } from "../support/instance.ts";

/**
 * `web` tells who asks by which address. Its ports lead to the first of its networks, `back`; `near` shares that one
 * with it, and `far` the other one.
 */
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
    networks: [back, front]
  near: { image: ./image, command: [sleep, "1000"], stop_signal: SIGKILL, networks: [back] }
  far: { image: ./image, command: [sleep, "1000"], stop_signal: SIGKILL, networks: [front] }
networks: { back: {}, front: {} }
`;

/** A host without br_netfilter has none. */
const hasSetting = existsSync("/proc/sys/net/bridge/bridge-nf-call-iptables");

/** On a host of its own: the setting is that of all bridges of a host. */
test("services and published ports are answered from the host, other containers and a replica itself, with either value of bridge-nf-call-iptables, and without br_netfilter", async () => {
  await using host = await aHost();
  await host.run("ip", "address", "add", "198.18.0.1/32", "dev", "lo");
  await using instance = await anInstance();
  const there = { under: host.inside };
  await instance.write("compose.yaml", stack);
  const { exitCode, stderr } = await instance.run(["reconcile", "--wait", "-f", instance.folder], there);
  expect(exitCode, stderr).toBe(0);
  const containers = await instance.ps();
  const addressOf = (service: string): string =>
    containers.find((container) => container.service === service)?.addresses[0] ?? "";
  const called = new Map([
    [addressOf("near"), "near"],
    [addressOf("far"), "far"],
    [await gatewayOf(addressOf("near"), host), "the host on back"],
    [await gatewayOf(addressOf("far"), host), "the host on front"],
  ]);
  const virtualAt = async (service: string): Promise<string> => {
    const { stdout } = await instance.run(["exec", `shop/${service}`, "nslookup", "web"], there);
    return [...stdout.matchAll(/^Address: (\S+)$/gm)].at(-1)?.[1] ?? "";
  };
  const [onBack, onFront] = [await virtualAt("near"), await virtualAt("far")];
  const seenFrom = async (service: string, virtual: string): Promise<readonly string[]> => {
    const line = [virtual, published].map((address) => `wget -qO- ${asked(address)}`).join("; ");
    const { stdout } = await instance.run(["exec", `shop/${service}`, "sh", "-c", line], there);
    return addressesIn(stdout).map((address) => called.get(address) ?? address);
  };
  const seenFromHost = async (): Promise<readonly string[]> => {
    const urls = [onBack, onFront, "127.0.0.1:8080", published].map(asked);
    const { stdout } = await host.run("curl", "-sS", ...urls);
    return addressesIn(stdout).map((address) => called.get(address) ?? address);
  };
  const isSeen = async (): Promise<object> => ({
    near: await seenFrom("near", onBack),
    far: await seenFrom("far", onFront),
    web: await seenFrom("web", onFront),
    host: await seenFromHost(),
  });

  const always = {
    web: ["the host on front", "the host on back"],
    host: ["the host on back", "the host on front", "the host on back", "198.18.0.1"],
  };
  if (hasSetting) {
    for (const value of [1, 0]) {
      await host.run("sysctl", "-w", `net.bridge.bridge-nf-call-iptables=${value}`);
      expect(await isSeen(), `with ${value}`).toEqual({
        ...always,
        near: ["near", "near"], // what stays on a bridge keeps its sender
        far: ["far", "the host on back"],
      });
    }
    await doAsWithoutBridgeNetfilter(host);
  }
  expect(await isSeen()).toEqual({
    ...always,
    near: ["the host on back", "the host on back"],
    far: ["the host on front", "the host on back"],
  });
  expect(await instance.run(["down", "--all"], there)).toMatchObject({ exitCode: 0 });
});

/** Our bridges ask for it themselves, and nobody else does now. */
async function doAsWithoutBridgeNetfilter(host: TestHost): Promise<void> {
  const { stdout } = await host.run("ip", "-j", "link", "show", "type", "bridge");
  for (const { ifname } of JSON.parse(stdout) as readonly { readonly ifname: string }[])
    await host.run("ip", "link", "set", ifname, "type", "bridge", "nf_call_iptables", "0");
}

const published = "198.18.0.1:8080";

function asked(address: string): string {
  return `http://${address}/cgi-bin/who`;
}

/** The host's address that is on the network of a container's. */
async function gatewayOf(address: string, host: TestHost): Promise<string> {
  const { stdout } = await host.run("ip", "route", "get", address);
  return / src (\S+)/.exec(stdout)?.[1] ?? "";
}

/** Of IPv4, as sockets of both families write them. */
function addressesIn(text: string): readonly string[] {
  return text.match(/\d+(\.\d+){3}/g) ?? [];
}
