import { expect, test } from "vitest";
import { Machine } from "./machine.ts";
import { install, npmStart, runningReplicas, seconds, tallyman } from "./tallyman.ts";

const example = "examples/stacks/hello";

test("a clean Debian 12 runs what the README says, loses its power, and comes back whole", async () => {
  await using machine = await Machine.create();
  await machine.boot();
  await install(machine);
  const said = await npmStart(machine);
  const advice = /curl http\S+/.exec(said)?.[0] ?? "";
  expect(await machine.succeeds(`${advice} --silent --max-time 120`, seconds(300))).toContain("Hello");
  expect(await runningReplicas(machine, "hello")).toBe(2);

  await machine.pullThePlug();
  await machine.boot();

  await tallyman(machine, "fsck --deep");
  await tallyman(machine, `reconcile --wait --wait-timeout 20m -f ${example}`);
  expect(await runningReplicas(machine, "hello")).toBe(2);
  expect(await machine.succeeds(`${advice} --silent --max-time 120`, seconds(300))).toContain("Hello");
  await tallyman(machine, "down --all");
  expect(await machine.succeeds("ip -o link; nft list tables; mount", seconds(300))).not.toMatch(/tallyman/);
});
