import { expect, test } from "vitest";
import { Machine } from "./machine.ts";
import { install, patienceMs, setUp } from "./tallyman.ts";

/** What cgroup v2, systemd and the kernel of Debian decide; TALLYMAN_VM_TESTS names other files. */
const files =
  process.env["TALLYMAN_VM_TESTS"] ?? "test/runtime/container test/runtime/usage test/runtime/isolation";

test("the tests that use the machine for real pass on a clean Debian 12", async () => {
  await using machine = await Machine.create();
  await machine.boot();
  await install(machine);
  await setUp(machine, "--test");
  const { exitCode, stdout, stderr } = await machine.run(
    `cd /root/tallyman && PATH=$PWD/node_modules/.bin:$PATH HOME=/root NO_COLOR=1 TALLYMAN_TEST_PATIENCE=20 ` +
      `vitest run --project real --maxWorkers 1 ${files}`,
    { withinMs: 3 * patienceMs },
  );
  expect(exitCode, stdout + stderr).toBe(0);
});
