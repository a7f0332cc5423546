import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { anInstance, type PsContainer, type TestInstance } from "../support/instance.ts";
import type { Ended } from "../support/program.ts";

test("after a power cut, the next run brings back what should run, and only that", async () => {
  await using instance = await anInstance();
  await instance.write(
    "compose.yaml",
    `name: shop
services:
  web:
    image: ./image
    command: [sh, -c, "echo x >> /kept; echo x >> /data/kept; wc -l < /kept; exec sleep infinity"]
    volumes: [data:/data]
    ports: ["127.0.0.1:18080:80"]
    deploy: { replicas: 2 }
  job:
    image: ./image
    command: [echo, once]
volumes:
  data:
`,
  );
  const first = await upUntilPowerCut(instance);
  expect(first.exitCode, first.stderr).toBe(0);
  expect(await instance.ps()).toMatchObject([
    { name: "shop-job-1", state: "exited", exitCode: 0 },
    { name: "shop-web-1", state: "exited", exitCode: null },
    { name: "shop-web-2", state: "exited", exitCode: null },
  ]);

  const second = await upUntilPowerCut(instance);
  expect(second.exitCode, second.stderr).toBe(0);
  const { containers } = JSON.parse(second.stdout) as { containers: readonly PsContainer[] };
  expect(containers).toMatchObject([
    { name: "shop-job-1", state: "exited", exitCode: 0, restarts: 0 },
    { name: "shop-web-1", state: "running", restarts: 1 },
    { name: "shop-web-2", state: "running", restarts: 1 },
  ]);
  expect((await instance.run(["logs", "shop/web"])).stdout.match(/\d+$/gm)?.sort()).toEqual([
    "1",
    "1",
    "2",
    "2",
  ]);
});

/**
 * `reconcile --wait` and `ps` on a machine of their own: processes, links, an empty run directory and a boot id. All
 * of it is gone at once when `ps` has ended; what is in the data directory stays.
 */
async function upUntilPowerCut(instance: TestInstance): Promise<Ended> {
  const bootId = await instance.write("boot_id", `${randomUUID()}\n`);
  const machine = [
    "set -e",
    "ip link set lo up",
    'mkdir -p "$RUN"',
    // sysfs shows the links of whoever mounts it; the cgroups in it are kept.
    'mount --rbind /sys/fs/cgroup "$RUN" && mount -t sysfs sysfs /sys && mount --rbind "$RUN" /sys/fs/cgroup',
    'mount -t tmpfs run "$RUN"',
    'mount --bind "$BOOT_ID" /proc/sys/kernel/random/boot_id',
    'tallyman=$1; shift; "$tallyman" "$@" >&2; exec "$tallyman" ps --format json',
  ].join("\n");
  const namespaces = ["--pid", "--mount", "--net", "--fork", "--kill-child", "--mount-proc"];
  return instance.run(["reconcile", "--wait"], {
    env: { RUN: instance.runDir, BOOT_ID: bootId },
    under: ["unshare", ...namespaces, "sh", "-c", machine, "machine"],
  });
}
