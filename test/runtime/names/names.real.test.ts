import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import type { ServiceNaming } from "../../../src/model/naming.ts";
import { run } from "../../../src/sys/run.ts";
import { until } from "../../support/until.ts";
import { ask, idOf, serve } from "../network/trial.ts";
import { lookUp, trialNames, type TrialNames } from "./trial.ts";

const one = idOf("one");
const two = idOf("two");
const client = idOf("client");

function service(name: string, mode: ServiceNaming["mode"] = "vip"): ServiceNaming {
  return {
    id: `hello/${name}`,
    names: [name, `${name}.hello`],
    memberNames: [`tasks.${name}`, `tasks.${name}.hello`],
    mode,
  };
}

describe("names", () => {
  test("of a service lead to one address, those of its tasks and containers to the replicas'", async () => {
    await using trial = await trialNames();
    const a = await trial.enter(one, { names: ["hello-web-1"], service: service("web") });
    const b = await trial.enter(two, { names: ["hello-web-2"], service: service("web") });

    const virtual = await lookUp(a.nameserver, "web");
    expect(virtual).not.toBe(a.address);
    expect(await lookUp(a.nameserver, "web.hello")).toBe(virtual);
    expect(await lookUp(a.nameserver, "tasks.web")).toBe([a.address, b.address].sort().join(" "));
    expect(await lookUp(a.nameserver, "hello-web-2")).toBe(b.address);
    expect(b.nameserver).toBe(a.nameserver);
  });

  test("that are ours have no IPv6 address and never leave the host; those that nobody has are not found", async () => {
    await using trial = await trialNames();
    await trial.enter(one, { service: service("web") });
    const { nameserver } = await trial.enter(two, { service: service("api"), upstreams: ["192.0.2.1"] });

    for (const name of ["web", "web.hello", "tasks.web.hello", "api.hello"]) {
      expect(await lookUp(nameserver, name, "AAAA")).toBe("ENODATA");
    }
    expect(await lookUp(nameserver, "nobody")).toBe("ENOTFOUND");
  });

  test("that a stack has reserved are asked of nobody else, also by resolvers that start later", async () => {
    await using trial = await trialNames();
    const asking = { upstreams: ["192.0.2.1"] };
    trial.names.reserve("hello", ["asleep.hello", "tasks.asleep.hello"]);
    const { nameserver } = await trial.enter(client, asking);
    trial.names.reserve("later", ["web.later"]);
    await until(
      "the resolver knows of the later one",
      async () => (await lookUp(nameserver, "web.later")) === "ENOTFOUND",
    );

    for (const type of ["A", "AAAA"] as const) {
      expect(await lookUp(nameserver, "asleep.hello", type)).toBe("ENOTFOUND");
      expect(await lookUp(nameserver, "tasks.asleep.hello", type)).toBe("ENOTFOUND");
    }
    expect(await lookUp(nameserver, "elsewhere.example")).not.toBe("ENOTFOUND");
  });

  test("go with their containers, and with the last one those of the service", async () => {
    await using trial = await trialNames();
    const { nameserver } = await trial.enter(client);
    await trial.enter(one, { service: service("web") });
    const b = await trial.enter(two, { service: service("web") });
    const virtual = await lookUp(nameserver, "web");
    await trial.names.leave(one);

    expect(await lookUp(nameserver, "tasks.web")).toBe(b.address);
    expect(await lookUp(nameserver, "web")).toBe(virtual);
    await trial.names.leave(two);
    expect(await lookUp(nameserver, "web")).toBe("ENOTFOUND");
    expect(await lookUp(nameserver, "tasks.web")).toBe("ENOTFOUND");
  });

  test("of a service without an address of its own list its ready replicas", async () => {
    await using trial = await trialNames();
    const a = await trial.enter(one, { service: service("web", "dnsrr") });
    await trial.enter(two, { service: service("web", "dnsrr") });
    expect(await lookUp(a.nameserver, "web")).toBe("ENODATA");
    await trial.names.join(one);

    expect(await lookUp(a.nameserver, "web")).toBe(a.address);
    await trial.names.withdraw(one);
    expect(await lookUp(a.nameserver, "web")).toBe("ENODATA");
  });

  test("that one container has for others are its alone, and follow what they stand for", async () => {
    await using trial = await trialNames();
    const { nameserver } = await trial.enter(one, { service: service("web") });
    const links = { site: "web.hello", "site.example": "web.hello" };
    const linked = await trial.enter(two, { links });
    const virtual = await lookUp(nameserver, "web");

    expect(await lookUp(linked.nameserver, "site")).toBe(virtual);
    expect(await lookUp(linked.nameserver, "site.example")).toBe(virtual);
    expect(await lookUp(linked.nameserver, "site.example", "AAAA")).toBe("");
    expect(await lookUp(nameserver, "site")).toBe("ENOTFOUND");
    await trial.names.leave(two);
    expect(await lookUp(nameserver, "web")).toBe(virtual);
  });

  test("are answered again when the resolver was killed", async () => {
    await using trial = await trialNames();
    const { nameserver } = await trial.enter(one, { names: ["hello-web-1"], service: service("web") });
    const virtual = await lookUp(nameserver, "web");
    process.kill(resolverOf(trial), "SIGKILL");
    await until("it is gone", () => resolverOf(trial) === 0);
    await trial.openNames().mend();

    expect(await lookUp(nameserver, "web")).toBe(virtual);
    expect(await lookUp(nameserver, "web.hello", "AAAA")).toBe("ENODATA");
  });
});

describe("the address of a service", () => {
  test("leads to its ready replicas from the host, other containers and a replica itself", async () => {
    await using trial = await trialNames();
    const other = await trial.enter(client);
    const a = await trial.enter(one, { service: service("web") });
    trial.use(await serve(a.netnsPath, { port: 8080, name: "one" }));
    const virtual = await lookUp(other.nameserver, "web");
    await trial.names.join(one);

    expect(await ask(undefined, virtual, 8080)).toMatch(/^one /);
    expect(await ask(other.netnsPath, virtual, 8080)).toMatch(/^one /);
    expect(await ask(a.netnsPath, virtual, 8080)).toMatch(/^one /);
  });

  test("is spread over those who have joined, and refuses where nobody has", async () => {
    await using trial = await trialNames();
    const other = await trial.enter(client);
    const a = await trial.enter(one, { service: service("web") });
    const b = await trial.enter(two, { service: service("web") });
    trial.use(await serve(a.netnsPath, { port: 8080, name: "one" }));
    trial.use(await serve(b.netnsPath, { port: 8080, name: "two" }));
    const virtual = await lookUp(other.nameserver, "web");
    expect(await ask(other.netnsPath, virtual, 8080)).toBe("ECONNREFUSED");

    await Promise.all([trial.names.join(one), trial.names.join(two)]);
    const answers = new Set<string | undefined>();
    for (let asked = 0; answers.size < 2 && asked < 64; asked += 1) {
      answers.add((await ask(other.netnsPath, virtual, 8080)).split(" ")[0]);
    }
    expect([...answers].sort()).toEqual(["one", "two"]);
    await trial.names.withdraw(one);
    for (let asked = 0; asked < 8; asked += 1) {
      expect(await ask(other.netnsPath, virtual, 8080)).toMatch(/^two /);
    }
    await trial.names.leave(two);
    expect(await ask(undefined, virtual, 8080)).toBe("ECONNREFUSED");
  });

  test("never leads to what listens on the host", async () => {
    await using trial = await trialNames();
    const other = await trial.enter(client);
    const a = await trial.enter(one, { service: service("web") });
    const listener = createServer((socket) => socket.end("the host")).listen(0, "0.0.0.0");
    await once(listener, "listening");
    using _listener = { [Symbol.dispose]: () => listener.close() };
    const { port } = listener.address() as { port: number };
    const virtual = await lookUp(other.nameserver, "web");

    expect(await ask(a.netnsPath, virtual, port)).toBe("ECONNREFUSED");
    await trial.names.join(one);
    expect(await ask(other.netnsPath, virtual, port)).toBe("ECONNREFUSED");
  });

  test("stays the same for whoever opens it next, and comes back where its bridge was taken away", async () => {
    await using trial = await trialNames();
    const { nameserver, netnsPath } = await trial.enter(one, { service: service("web") });
    trial.use(await serve(netnsPath, { port: 8080, name: "one" }));
    await trial.names.join(one);
    const virtual = await lookUp(nameserver, "web");
    await run("ip", ["addr", "delete", `${virtual}/32`, "dev", trial.instance.bridge]);
    await run("ip", ["addr", "delete", `${nameserver}/32`, "dev", trial.instance.bridge]);

    const next = trial.openNames();
    await next.sweep(new Set([one]));
    expect(await lookUp(nameserver, "web")).toBe(virtual);
    expect(await ask(undefined, virtual, 8080)).toMatch(/^one /);
  });
});

test("nothing is left when the last container has gone", async () => {
  await using trial = await trialNames();
  await trial.enter(one, { service: service("web") });
  await trial.names.join(one);
  expect(resolverOf(trial)).toBeGreaterThan(0);
  await trial.names.leave(one);

  expect(resolverOf(trial)).toBe(0);
  const { stdout } = await run("ip", ["-4", "-j", "addr", "show", "dev", trial.instance.bridge]);
  const [link] = JSON.parse(stdout) as readonly { readonly addr_info: readonly object[] }[];
  expect(link?.addr_info).toHaveLength(1);
  const table = await run("nft", ["list", "table", "ip", trial.instance.table]);
  expect(table.stdout).not.toContain("service-");
});

/** The process of the trial's only resolver; 0 where there is none. */
function resolverOf({ paths }: TrialNames): number {
  const lines = execFileSync("ps", ["-C", "dnsmasq", "-o", "pid=,args="], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return Number(
    /^ *(\d+)/.exec(lines.split("\n").find((line) => line.includes(paths.runDir)) ?? "")?.[1] ?? 0,
  );
}
