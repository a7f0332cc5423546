import { randomBytes } from "node:crypto";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildImage } from "../support/build-image.ts";
import { freePort } from "../support/free-port.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { keepingWhatRuns } from "../support/keeping-what-runs.ts";
import { aTmpfs } from "../support/tmpfs.ts";

const stack = `name: app
services:
  job:
    image: ./image
    command: [sleep, infinity]
    stop_signal: SIGKILL
`;

describe("what the host does not give", () => {
  test("a port that another program has", async () => {
    await using instance = await runningStack();
    const port = await freePort();
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");

    await instance.write("compose.yaml", `${stack}    ports: ["${port}:80"]\n`);
    const { exitCode, stderr } = await keepingWhatRuns(instance, ["reconcile"]);
    server.close();
    expect(stderr).toContain(`compose.yaml:7:13: error: port ${port} of 0.0.0.0 is held by `);
    expect(stderr).toContain(`(process ${process.pid})`);
    expect(stderr).toContain("Publish another port, or free this one.");
    expect(exitCode).toBe(2);
    expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  });

  test.each([
    ["{ type: bind, source: ./nothing, target: /x, bind: { create_host_path: false } }", "nothing"],
    ["./image/oci-layout/below:/x", "image/oci-layout/below"],
  ])("the source of a bind mount: %s", async (volume, path) => {
    await using instance = await runningStack();
    await instance.write("compose.yaml", `${stack}    volumes:\n      - ${volume}\n`);
    const { exitCode, stderr } = await keepingWhatRuns(instance, ["reconcile"]);
    expect(stderr).toMatch(new RegExp(`✗ create +app-job-1 .*${join(instance.folder, path)}.*\\n {4}\\S`));
    expect(exitCode).toBe(1);
  });

  test("room for an image that is pulled", async () => {
    await using disk = await aTmpfs(16_000_000);
    await using instance = await runningStack({ dataDir: join(disk.path, "data") });
    const large = [[{ path: "large", content: randomBytes(24_000_000) }]];
    await buildImage({ dir: join(instance.folder, "large"), layers: large, compression: "none" });

    await instance.write("compose.yaml", stack.replace("./image", "./large"));
    const { exitCode, stderr } = await keepingWhatRuns(instance, ["reconcile"]);
    expect(stderr).toContain(`image ${instance.folder}/large: it needs about 48.0 MB`);
    expect(stderr).toContain("`tallyman image prune --all --dry-run` says what could make room");
    expect(exitCode).toBe(1);
    await instance.write("compose.yaml", `${stack}    environment: { AFTER: that }\n`);
    expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  });

  test("root: reading and acting are refused alike", async () => {
    await using instance = await runningStack();
    // It may read everything, since the program itself may lie where only root can.
    const reading = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
    const under = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ...reading, "--"];
    const options = { under };
    const { exitCode, stderr } = await keepingWhatRuns(instance, ["reconcile"], options);
    expect(stderr).toMatch(/^error: .* needs root\n {4}Run it as root or with sudo.*\n$/);
    expect(exitCode).toBe(1);
    const ps = await instance.run(["ps"], options);
    expect(ps.stderr).toMatch(/^error: .* needs root\n {4}Run it as root or with sudo.*\n$/);
    expect(ps.exitCode).toBe(1);
    expect(await instance.run(["validate"], options)).toMatchObject({ exitCode: 0, stdout: "app: valid\n" });
  });

  test("a leftover back: it is named with the reason until it can be taken away, and all else goes on", async () => {
    await using instance = await runningStack();
    const containers = join(instance.dataDir, "containers");
    const [stuck, loose] = ["000000000000", "000000000001"];
    for (const id of [stuck, loose]) await mkdir(join(containers, id), { recursive: true });
    const held = ["--mount", "sh", "-c", `mount -t tmpfs held "$HELD"; exec "$@"`, "sh"];
    const options = { under: ["unshare", ...held], env: { HELD: join(containers, stuck) } };

    await instance.write("compose.yaml", `${stack}    environment: { AFTER: that }\n`);
    const { exitCode, stderr } = await instance.run(["reconcile"], options);
    expect(stderr).toContain(`warning: container ${stuck} is left and cannot be taken away: rm: `);
    expect(stderr).toMatch(/create +app-job-1/);
    expect(exitCode).toBe(0);
    expect(await readdir(containers)).toContain(stuck);
    expect(await readdir(containers)).not.toContain(loose);

    expect((await instance.run(["reconcile"])).stderr).not.toContain("warning");
    expect(await readdir(containers)).not.toContain(stuck);
  });

  test("runc", async () => {
    await using instance = await runningStack();
    await instance.write("compose.yaml", `${stack}    deploy: { replicas: 2 }\n`);
    const hidden = `mount --bind /dev/null "$(command -v runc)"; exec "$@"`;
    const under = ["unshare", "--mount", "sh", "-c", hidden, "sh"];
    const { exitCode, stderr } = await keepingWhatRuns(instance, ["reconcile"], { under });
    expect(stderr).toContain("runc is not installed");
    expect(stderr).toContain("Install it: apt-get install runc");
    expect(exitCode).toBe(1);
  });
});

describe("what another one has", () => {
  test("the data directory: a second agent is refused and told who it is, and readers are not", async () => {
    await using instance = await runningStack();
    await using first = instance.spawn(["reconcile", "--watch"]);
    await first.prints("Watching");
    for (const args of [["reconcile"], ["down", "--all"]]) {
      const { exitCode, stderr } = await keepingWhatRuns(instance, args);
      expect(stderr).toContain(
        `error: another tallyman (process ${first.pid}) is at work on ${instance.dataDir}`,
      );
      expect(stderr).toContain("Wait until it has finished, or stop it");
      expect(exitCode).toBe(1);
    }
    expect(await instance.run(["ps"])).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("the stack's name", async () => {
    await using instance = await runningStack();
    await instance.write("other/compose.yaml", stack.replace("./image", "../image"));
    const { exitCode, stderr } = await keepingWhatRuns(instance, ["reconcile", "-f", "other"]);
    expect(stderr).toContain(
      `other/compose.yaml:1:1: error: stack app already comes from dir:${instance.folder}`,
    );
    expect(stderr).toContain("run `tallyman down app` first");
    expect(exitCode).toBe(2);
  });

  test("the data directory, in a later format", async () => {
    await using instance = await runningStack();
    const format = join(instance.dataDir, "format");
    await writeFile(format, "2\n");
    const { exitCode, stderr } = await keepingWhatRuns(instance, ["reconcile"]);
    await writeFile(format, "1\n");
    expect(stderr).toContain(`error: ${instance.dataDir} was written by a later version (format 2)`);
    expect(exitCode).toBe(1);
  });
});

async function runningStack(options: { readonly dataDir?: string } = {}): Promise<TestInstance> {
  const instance = await anInstance(options);
  await instance.write("compose.yaml", stack);
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  return instance;
}
