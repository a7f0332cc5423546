import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/sys/run.ts";
import { buildImage } from "../support/build-image.ts";
import { startRegistry } from "../support/registry.ts";
import { until } from "../support/until.ts";
import { Machine } from "./machine.ts";
import {
  inBackground,
  install,
  patienceMs,
  runningReplicas,
  setUp,
  tallyman,
  writeFileIn,
} from "./tallyman.ts";

const soon = { withinMs: patienceMs, pollMs: 200 };

test("a host that loses its power while it brings up 20 replicas, and while it pulls, comes back whole", async () => {
  await using machine = await Machine.create();
  await machine.boot();
  await install(machine);
  await setUp(machine);

  await writeFileIn(machine, "/root/crowd/compose.yaml", crowd(20));
  await inBackground(machine, "crowd", "bin/tallyman reconcile -f /root/crowd");
  const isSomeUp = async (): Promise<boolean> => (await runningReplicas(machine, "crowd")) > 3;
  await until("some of the twenty run", isSomeUp, soon);
  await machine.pullThePlug();
  await machine.boot();
  await tallyman(machine, "fsck --deep");
  await tallyman(machine, "reconcile --wait --wait-timeout 20m -f /root/crowd");
  expect(await runningReplicas(machine, "crowd")).toBe(20);

  await using shop = await openShop();
  const registry = `10.0.2.2:${shop.port}`;
  await writeFileIn(
    machine,
    `/etc/tallyman/certs.d/${registry}/hosts.toml`,
    `server = "http://${registry}"\n`,
  );
  const image = `${registry}/wares:1`;
  await inBackground(machine, "pull", `bin/tallyman pull ${image}`);
  const isUnderWay = async (): Promise<boolean> =>
    (await machine.run("ls /var/lib/tallyman/ingest", soon)).stdout.trim() !== "";
  await until("the pull is under way", isUnderWay, soon);
  await machine.pullThePlug();
  await machine.boot();
  await tallyman(machine, "fsck --deep");
  await tallyman(machine, `pull ${image}`);
  await tallyman(machine, "fsck --deep");
  await tallyman(machine, "reconcile --wait --wait-timeout 20m -f /root/crowd");
  expect(await runningReplicas(machine, "crowd")).toBe(20);
  await tallyman(machine, "down --all");
  expect(await machine.succeeds("ip -o link; nft list tables; mount", soon)).not.toMatch(/tallyman/);
});

/** So many web servers, with the image of the example. */
const crowd = (replicas: number): string => `
name: crowd
services:
  web:
    image: /root/tallyman/examples/stacks/hello/image
    command: [sh, -c, 'mkdir -p /tmp/www; hostname > /tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www']
    stop_signal: SIGKILL
    ports: ['8099:8080']
    deploy: { replicas: ${replicas} }
`;

interface Shop extends AsyncDisposable {
  readonly port: number;
}

/** A registry on this host with an image `wares:1`, whose layers take a machine a while. */
async function openShop(): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), "vm-shop-"));
  const image = join(folder, "image");
  const layers = ["a", "b", "c", "d"].map((name) => [{ path: name, content: randomBytes(24 * 1024 * 1024) }]);
  await buildImage({ dir: image, layers });
  const registry = await startRegistry(folder);
  await run("skopeo", [
    "copy",
    "--dest-tls-verify=false",
    `oci:${image}`,
    `docker://${registry.host}/wares:1`,
  ]);
  return {
    port: Number(registry.host.split(":")[1]),
    [Symbol.asyncDispose]: async () => {
      await registry[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
