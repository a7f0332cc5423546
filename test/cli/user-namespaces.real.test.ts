import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

/** Adds a line to its volume, with the owner that it gives it, and says what it has found there. */
const stackOf = (more: string): string => `name: one
services:
  job:
    image: ./image
    init: true
    command:
      - sh
      - -c
      - |
        echo $$(($$(cat /data/runs 2>/dev/null | wc -l) + 1)) >> /data/runs
        chown 1000:1001 /data/runs
        stat -c %u:%g /data/runs /data
        wc -l < /data/runs
        sleep 1000
    volumes: ["data:/data"]
    ${more}
volumes: { data: }
`;

test("switched on and off by the configuration, a service made anew finds its files under the same owners", async () => {
  await using instance = await anInstance();
  await instance.write("on.yaml", "version: 1\nsecurity: { user_namespaces: true }\n");
  await instance.write("off.yaml", "version: 1\n");

  await reconcile(instance, { config: "on", stack: stackOf("labels: { version: a }"), runs: 1 });
  expect(await rootOf(instance)).toBe(0x7000_0000);

  const unchanged = await instance.run(["reconcile"], { env: { TALLYMAN_CONFIG: "off.yaml" } });
  expect(unchanged.stdout).toContain("Nothing to do");
  expect(unchanged.stderr).toMatch(/^note: still isolated as .* when they were made: one-job-1\n.*`down`/m);
  await instance.kill("one-job-1");
  await reconcile(instance, { config: "off", stack: stackOf("labels: { version: a }"), runs: 2 });
  expect(await rootOf(instance), "a restart changes nothing of it").toBe(0x7000_0000);

  const anew = await reconcile(instance, {
    config: "off",
    stack: stackOf("labels: { version: b }"),
    runs: 3,
  });
  expect(anew).not.toContain("note:");
  expect(await rootOf(instance)).toBe(0);

  await reconcile(instance, { config: "off", stack: stackOf("userns_mode: private"), runs: 4 });
  expect(await rootOf(instance)).toBe(0x7000_0000);

  expect(statSync(join(instance.dataDir, "volumes/one_data/data/runs"))).toMatchObject({
    uid: 1000,
    gid: 1001,
  });
});

test("where the run directory is gone, as after a reboot, a one-off container with one can be the first", async () => {
  await using instance = await anInstance();
  const job = "{ image: ./image, command: [id], network_mode: none, userns_mode: private }";
  await instance.write("compose.yaml", `name: first\nservices:\n  job: ${job}\n`);
  await instance.run(["reconcile", "--wait"]);
  const env = { TALLYMAN_RUN_DIR: join(instance.folder, "run-after") };
  expect(await instance.run(["run", "first/job", "id", "-u"], { env })).toEqual({
    exitCode: 0,
    stdout: "0\n",
    stderr: "",
  });
});

test("a service that cannot have one is refused with both reasons", async () => {
  await using instance = await anInstance();
  await instance.write("on.yaml", "version: 1\nsecurity: { user_namespaces: true }\n");
  await instance.write(
    "compose.yaml",
    `name: two
services:
  own: { image: ./image, command: [sleep, "1000"], init: true }
  hosts: { image: ./image, command: [sleep, "1000"], network_mode: host }
`,
  );
  const { exitCode, stderr } = await instance.run(["reconcile"], { env: { TALLYMAN_CONFIG: "on.yaml" } });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("`network_mode: host` and the configuration's user namespace exclude each other");
  expect(stderr).toContain("userns_mode: host");
  expect(Object.keys(await instance.pids())).not.toContain("two-hosts-1");
});

/** What it said besides. */
async function reconcile(
  instance: TestInstance,
  { config, stack, runs }: { readonly config: string; readonly stack: string; readonly runs: number },
): Promise<string> {
  await instance.write("compose.yaml", stack);
  const { exitCode, stderr } = await instance.run(["reconcile"], {
    env: { TALLYMAN_CONFIG: `${config}.yaml` },
  });
  expect(exitCode, stderr).toBe(0);
  const said = async (): Promise<string> =>
    (await instance.run(["logs", "one"])).stdout.split("\n").slice(-4).join("\n");
  let last = "";
  const look = async (): Promise<boolean> => (last = await said()) === `1000:1001\n0:0\n${runs}\n`;
  await until(`it has run ${runs} times`, look, { instead: () => last });
  return stderr;
}

/** Who its root is on the host. */
async function rootOf(instance: TestInstance): Promise<number> {
  const { "one-job-1": pid = 0 } = await instance.pids();
  return Number(/^Uid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
