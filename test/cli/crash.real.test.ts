import { randomInt } from "node:crypto";
import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { patience } from "../support/patience.ts";
import { folderContents } from "../support/folder-contents.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { randomNumbers } from "../support/random.ts";
import { traces } from "../support/traces.ts";

const replicas = 20;
const crashes = 10;
const seed = Number(process.env["SEED"] ?? randomInt(2 ** 31));

const stackFile = `name: app
services:
  job:
    image: ./image
    command: [sleep, infinity]
    stop_signal: SIGKILL
    deploy: { replicas: ${replicas} }
networks:
  default: { enable_ipv6: true }
`;

// Ten rounds of bringing 20 replicas up and down: a deadline of its own.
test(
  `killed at ${crashes} random moments, it ends up with the same as if it had not been (SEED=${seed})`,
  { timeout: 600_000 * patience },
  async () => {
    const random = randomNumbers(seed);
    await using instance = await anInstance();
    await instance.write("compose.yaml", stackFile);
    const up = await measured(() => instance.run(["reconcile"]));
    const whole = await everything(instance);
    const down = await measured(() => instance.run(["down", "--all"]));
    const nothing = await everything(instance);

    for (let crash = 1; crash <= crashes; crash += 1) {
      await rm(instance.dataDir, { recursive: true }); // so that it begins with the pull again
      const moments = { upMs: random() * up.tookMs, downMs: random() * down.tookMs };
      await killAfter(moments.upMs, instance, ["reconcile"]);
      expect(await instance.run(["reconcile"]), said(moments)).toMatchObject({ exitCode: 0 });
      expect(await running(instance), said(moments)).toEqual(slots);
      expect(await everything(instance), said(moments)).toEqual(whole);

      await killAfter(moments.downMs, instance, ["down", "--all"]);
      expect(await instance.run(["down", "--all"]), said(moments)).toMatchObject({ exitCode: 0 });
      expect(await everything(instance), said(moments)).toEqual(nothing);
    }
  },
);

const slots = Array.from({ length: replicas }, (_, index) => `app-job-${index + 1}`);

async function measured<Result>(work: () => Promise<Result>): Promise<{ readonly tookMs: number }> {
  const begunAt = performance.now();
  await work();
  return { tookMs: performance.now() - begunAt };
}

async function killAfter(ms: number, instance: TestInstance, args: readonly string[]): Promise<void> {
  await using program = instance.spawn(args);
  await delay(ms);
  program.signal("SIGKILL");
}

/** Names of the containers that run, each with an address of each family and a process of its own. */
async function running(instance: TestInstance): Promise<readonly string[]> {
  const containers = await instance.ps();
  expect(new Set(containers.flatMap(({ addresses }) => addresses)).size).toBe(2 * containers.length);
  expect(new Set(containers.map(({ pid }) => pid)).size).toBe(containers.length);
  return containers.filter(({ state }) => state === "running").map(({ name }) => name);
}

/** All there is on the host and in the folders, with what differs between two runs made equal. */
async function everything(instance: TestInstance): Promise<readonly string[]> {
  const { dataDir, runDir } = instance;
  const files = [dataDir, runDir].flatMap(folderContents).map((line) => `file ${line.split(" ")[0] ?? ""}`);
  return [...files, ...(await traces(instance))].map((line) => withoutNames(line)).sort();
}

function withoutNames(line: string): string {
  return line
    .replace(/^process \d+/, "process")
    .replace(/veth[0-9a-f]+/, "veth")
    .replaceAll(/\b[0-9a-f]{12}\b/g, "ID")
    .replaceAll(/\b\d{1,3}(\.\d{1,3}){3}\b/g, "ADDRESS")
    .replaceAll(/\bfd[\da-f:]+/g, "ADDRESS");
}

function said({ upMs, downMs }: { readonly upMs: number; readonly downMs: number }): string {
  return `killed after ${Math.round(upMs)} ms of reconcile, then after ${Math.round(downMs)} ms of down`;
}
