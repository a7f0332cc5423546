import { expect, test } from "vitest";
import { until } from "../support/until.ts";
import { Machine } from "./machine.ts";
import {
  clone,
  inBackground,
  npmStart,
  replicas,
  seconds,
  tallyman,
  writeCrowd,
  type Replica,
} from "./tallyman.ts";

test("a clean Debian 12 runs what the README says, loses its power, and comes back whole", async () => {
  await using machine = await Machine.create();
  await machine.boot();
  await clone(machine);
  await npmStart(machine);
  const { stdout } = await machine.run(
    "journalctl -u first-start -o cat | grep -o 'curl http.*'",
    seconds(60),
  );
  expect(await machine.succeeds(`${stdout.trim()} --silent --max-time 60`, seconds(90))).toContain("Hello");
  await machine.succeeds("systemctl stop first-start", seconds(120));
  expect(await running(machine, "hello-")).toHaveLength(2);

  await writeCrowd(machine, 20);
  await inBackground(machine, "crowd", "bin/tallyman reconcile -f /root/crowd");
  await until("some of the twenty run", async () => (await running(machine, "crowd-")).length > 3, {
    withinMs: 10 * 60_000,
    pollMs: 100,
  });
  await machine.pullThePlug();

  await machine.boot();
  expect(await tallyman(machine, "fsck")).toContain("clean");
  await tallyman(machine, "reconcile --wait -f /root/crowd -f examples/stacks/hello");
  expect(await running(machine, "crowd-")).toHaveLength(20);
  expect(await running(machine, "hello-")).toHaveLength(2);
  await tallyman(machine, "down --all");
  expect(await machine.succeeds("ip -o link; nft list tables; mount", seconds(60))).not.toMatch(/tallyman/);
});

async function running(machine: Machine, name: string): Promise<readonly Replica[]> {
  const all = await replicas(machine);
  return all.filter((replica) => replica.name.startsWith(name) && replica.state === "running");
}
