import { expect, test } from "vitest";
import type { ContainerId } from "../../../src/model/ids.ts";
import { placesOf } from "../../../src/runtime/names/places.ts";
import type { EnterRequest } from "../../../src/runtime/names/types.ts";
import { run } from "../../../src/sys/run.ts";
import { ask, idOf, serve } from "../network/trial.ts";
import { lookUp, trialNames, type TrialNames } from "./trial.ts";

const [web, api, client] = [idOf("web"), idOf("api"), idOf("client")];
const port = 8080;

const service: NonNullable<EnterRequest["service"]> = {
  id: "hello/web",
  mode: "vip",
  names: ["web", "web.hello"],
  memberNames: ["tasks.web"],
};

interface Entered {
  readonly netnsPath: string;
  readonly addresses: readonly string[];
  readonly nameserver: string;
}

async function enter(
  trial: TrialNames,
  id: ContainerId,
  request: Pick<EnterRequest, "names" | "service">,
): Promise<Entered> {
  const wishes = [{ network: "front", aliases: [] }];
  const { netnsPath, networks, addresses } = await trial.network.attach(id, { networks: wishes });
  const places = placesOf(trial.paths, networks, wishes);
  return { netnsPath, addresses, nameserver: (await trial.names.enter(id, { ...request, places })) ?? "" };
}

/** The host's own address on its network. */
function gatewayOf({ addresses }: Entered): string {
  return (addresses[1] ?? "").replace(/[^:]+$/, "1");
}

async function trialWithNetwork({ ipv6 }: { readonly ipv6: boolean }): Promise<TrialNames> {
  const trial = await trialNames();
  const spec = { name: "front", driver: "bridge", options: {}, internal: false, ipv6, pools: [], labels: {} };
  await trial.network.createNetwork({ spec, labels: {} });
  return trial;
}

test("names on a network with IPv6 have addresses of both families, and a service's leads to who has joined", async () => {
  await using trial = await trialWithNetwork({ ipv6: true });
  const one = await enter(trial, web, { names: ["web-1"], service });
  const two = await enter(trial, api, { names: ["web-2"], service });
  const asking = await enter(trial, client, { names: ["client"] });
  trial.use(await serve(one.netnsPath, { port, name: "one", on: "::" }));
  trial.use(await serve(two.netnsPath, { port, name: "two", on: "::" }));

  expect(await lookUp(asking.nameserver, "web-1", "AAAA")).toBe(one.addresses[1]);
  expect(await lookUp(asking.nameserver, "web-1")).toBe(one.addresses[0]);
  const tasks = [one, two].map(({ addresses }) => addresses[1]).sort();
  expect(await lookUp(asking.nameserver, "tasks.web", "AAAA")).toBe(tasks.join(" "));
  const virtual = await lookUp(asking.nameserver, "web.hello", "AAAA");
  expect(virtual).toMatch(/^fd[\da-f:]+$/);
  expect(await ask(asking.netnsPath, virtual, port)).toBe("ECONNREFUSED");

  await trial.names.join(web);
  expect(await ask(asking.netnsPath, virtual, port)).toMatch(/^one /);
  expect(await ask(one.netnsPath, virtual, port)).toMatch(/^one /);
  expect(await ask(undefined, virtual, port), "the host asks as itself").toBe(`one ${gatewayOf(one)}`);
  expect(await ask(asking.netnsPath, virtual, 9)).toBe("ECONNREFUSED");
  await trial.names.join(api);
  await trial.names.withdraw(web);
  expect(await ask(asking.netnsPath, virtual, port)).toMatch(/^two /);

  await run("ip", ["address", "delete", `${virtual}/128`, "dev", await bridgeOf(virtual)]);
  await trial.openNames().sweep(new Set([web, api, client]));
  expect(await ask(asking.netnsPath, virtual, port)).toMatch(/^two /);
  await trial.names.leave(api);
  await trial.names.leave(web);
  expect(await lookUp(asking.nameserver, "web", "AAAA")).toBe("ENOTFOUND");
  expect(await bridgeOf(virtual)).toBe("");
});

test("names on a network without IPv6 have none of it, and the question stays here", async () => {
  await using trial = await trialWithNetwork({ ipv6: false });
  const { nameserver } = await enter(trial, web, { names: ["web-1"], service });
  expect(await lookUp(nameserver, "web-1", "AAAA")).toBe("ENODATA");
  expect(await lookUp(nameserver, "web", "AAAA")).toBe("ENODATA");
});

/** The link of the host that has the address. */
async function bridgeOf(address: string): Promise<string> {
  const { stdout } = await run("ip", ["-j", "-6", "address", "show", "to", address]);
  const links = JSON.parse(stdout) as readonly { readonly ifname?: string }[];
  return links.find(({ ifname }) => ifname !== undefined)?.ifname ?? "";
}
