import { expect, test } from "vitest";
import { until } from "../support/until.ts";
import { Machine } from "./machine.ts";
import { inBackground, install, patienceMs, seconds, setUp, tallyman, writeFileIn } from "./tallyman.ts";

const soon = { withinMs: patienceMs, pollMs: 500 };

test("a host that loses its power in the middle of an update, and of a way back, comes back whole in one revision", async () => {
  await using machine = await Machine.create();
  await machine.boot();
  await install(machine);
  await setUp(machine);
  await writeFileIn(machine, "/root/shop/compose.yaml", shop({ word: "one", till: "exec sleep infinity" }));
  await tallyman(machine, "reconcile --wait --wait-timeout 20m -f /root/shop");
  expect(await words(machine)).toEqual(["one", "one", "one"]);

  await writeFileIn(machine, "/root/shop/compose.yaml", shop({ word: "two", till: "exec sleep infinity" }));
  await inBackground(machine, "forward", "bin/tallyman reconcile -f /root/shop");
  await said(machine, "forward", /✓ start +shop-web-2/);
  await machine.pullThePlug();
  await machine.boot();
  await tallyman(machine, "fsck --deep");
  await tallyman(machine, "reconcile --wait --wait-timeout 20m -f /root/shop");
  expect(await words(machine)).toEqual(["two", "two", "two"]);

  await writeFileIn(machine, "/root/shop/compose.yaml", shop({ word: "three", till: "exit 1" }));
  await inBackground(machine, "back", "bin/tallyman reconcile -f /root/shop");
  await said(machine, "back", /goes back to [^]*✓ start +shop-web-1/);
  await machine.pullThePlug();
  await machine.boot();
  await tallyman(machine, "fsck --deep");
  const line = "cd /root/tallyman && bin/tallyman reconcile --wait --wait-timeout 20m -f /root/shop";
  expect(await machine.run(line, soon)).toMatchObject({ exitCode: 5 });
  expect(await words(machine)).toEqual(["two", "two", "two"]);
  await tallyman(machine, "down --all");
  expect(await machine.succeeds("ip -o link; nft list tables; mount", soon)).not.toMatch(/tallyman/);
});

/** Three web servers, and a till that is updated after them. */
const shop = ({ word, till }: { readonly word: string; readonly till: string }): string => `
name: shop
services:
  web:
    image: /root/tallyman/examples/stacks/hello/image
    command: [sh, -c, 'mkdir -p /tmp/www; hostname > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www']
    environment: { WORD: ${word} }
    stop_signal: SIGKILL
    ports: ['8099:8080']
    deploy: { replicas: 3, update_config: { monitor: 1s } }
    x-rollout: { drain_timeout: 0s }
  till:
    image: /root/tallyman/examples/stacks/hello/image
    command: [sh, -c, '${till}']
    stop_signal: SIGKILL
    depends_on: [web]
`;

/** Waits until a unit has said this. */
async function said(machine: Machine, unit: string, pattern: RegExp): Promise<void> {
  let all = "";
  const look = async (): Promise<boolean> => {
    all = await machine.succeeds(`journalctl -u ${unit} -o cat`, seconds(300));
    return pattern.test(all);
  };
  await until(`${unit} says ${String(pattern)}`, look, { ...soon, instead: () => all });
}

/** Of the web servers that run. */
async function words(machine: Machine): Promise<readonly string[]> {
  const { containers } = JSON.parse(await tallyman(machine, "ps --format json shop/web")) as {
    readonly containers: readonly { readonly name: string; readonly state: string }[];
  };
  const names = containers.filter(({ state }) => state === "running").map(({ name }) => name);
  const { containers: inspected } = JSON.parse(await tallyman(machine, `inspect ${names.join(" ")}`)) as {
    readonly containers: readonly {
      readonly spec: { readonly environment: Readonly<Record<string, string>> };
    }[];
  };
  return inspected.map(({ spec }) => spec.environment["WORD"] ?? "");
}
