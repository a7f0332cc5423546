import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openRuntime } from "../../../src/runtime/open.ts";
import { openReader } from "../../../src/runtime/open-reader.ts";
import type { ContainerId } from "../../../src/model/ids.ts";
import { run } from "../../../src/sys/run.ts";
import { newId, openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";
import { until } from "../../support/until.ts";
import { sigkill } from "../../support/sigkill.ts";

test("a container is created, waits, runs, and its exit code and output are kept", async () => {
  await using test = await openTestRuntime();
  const request = test.request({ command: ["sh", "-c", "echo out; echo err >&2; exit 7"] });
  await test.runtime.create({ ...request, labels: { slot: "1" } });

  expect(await test.status(request.id)).toMatchObject({ state: "created", monitored: true, restarts: 0 });
  expect(await test.status(request.id)).not.toHaveProperty("exitCode");

  await test.runtime.start(request.id);
  const lines = await test.output(request.id);
  expect(lines.map(({ stream, text }) => `${stream} ${text}`).sort()).toEqual(["stderr err", "stdout out"]);

  const status = await test.status(request.id);
  expect(status).toMatchObject({ state: "exited", exitCode: 7, oomKilled: false, labels: { slot: "1" } });
  expect(status.image).toEqual({ reference: "busybox", digest: test.image });
  expect(status.finishedAt).toBeGreaterThanOrEqual(status.startedAt ?? Infinity);
  expect(status).not.toHaveProperty("pid");
});

test("create and start may be repeated", async () => {
  await using test = await openTestRuntime();
  const request = test.request({ command: ["sleep", "100"] });
  await test.runtime.create(request);
  await test.runtime.create(request);
  await test.runtime.start(request.id);
  const { pid } = await test.status(request.id);
  await test.runtime.start(request.id);
  await test.runtime.create(request);
  expect(await test.status(request.id)).toMatchObject({ state: "running", pid });
});

test("stop sends the stop signal and waits for the exit", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("trap 'echo got it; exit 3' 36; echo ready; while :; do sleep 0.05; done", {
    stopSignal: "SIGRTMIN+2",
  });
  await lineOf(test.runtime.logs(id, { follow: true }), "ready");
  await test.runtime.stop(id);
  expect(await test.status(id)).toMatchObject({ state: "exited", exitCode: 3 });
  expect((await test.output(id)).at(-1)?.text).toBe("got it");
  await test.runtime.stop(id);
});

test("what ignores its stop signal is killed after the grace period", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("trap '' TERM; echo ready; while :; do sleep 0.05; done", { stopGraceMs: 200 });
  await lineOf(test.runtime.logs(id, { follow: true }), "ready");
  const before = performance.now();
  await test.runtime.stop(id);
  expect(performance.now() - before).toBeGreaterThanOrEqual(200);
  expect(await test.status(id)).toMatchObject({ state: "exited", exitCode: 137 });
});

test("a restart keeps the writable layer, counts, and forgets the old exit", async () => {
  await using test = await openTestRuntime();
  const id = await test.run(
    "echo again >> /kept; wc -l < /kept; [ $(wc -l < /kept) = 1 ] && exit 5; sleep 100",
  );
  expect(await test.exited(id)).toMatchObject({ state: "exited", exitCode: 5, restarts: 0 });

  await test.runtime.start(id, { restartStreak: 4 });
  expect(await test.status(id)).toMatchObject({ state: "running", restarts: 1, restartStreak: 4 });
  expect(await test.status(id)).not.toHaveProperty("exitCode");
  await lineOf(test.runtime.logs(id, { follow: true }), "2");

  await test.runtime.stop(id);
  await test.runtime.start(id);
  expect(await test.status(id)).toMatchObject({ restarts: 2, restartStreak: 0 });
});

test("a restart keeps the address", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("ip -4 -o addr show eth0; echo done; sleep 100", { network: "bridge" });
  const { addresses } = await test.status(id);
  expect(addresses).toHaveLength(1);
  const timesSeen = async (): Promise<number> =>
    (await seenLines(test, id)).filter((text) => text.includes(`inet ${addresses[0] ?? "?"}/`)).length;
  await until("it has said its address", async () => (await timesSeen()) === 1);
  await test.runtime.stop(id);
  await test.runtime.start(id);
  expect(await test.status(id)).toMatchObject({ state: "running", addresses });
  await until("it has said the same one again", async () => (await timesSeen()) === 2);
});

test("remove kills what runs and leaves nothing, and may be repeated", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("sleep 100");
  const { pid } = await test.status(id);
  await test.runtime.remove(id);
  await test.runtime.remove(id);
  expect(await test.runtime.list()).toEqual([]);
  expect(existsSync(`/proc/${pid ?? 0}`)).toBe(false);
  expect(await readdir(join(test.paths.dataDir, "containers"))).toEqual([]);
  expect(await readdir(join(test.paths.runDir, "bundles"))).toEqual([]);
  expect(await readdir(join(test.paths.runDir, "runc"))).toEqual([]);
  expect(await readdir(join(test.paths.runDir, "exits"))).toEqual([]);
});

test("onChange tells of an exit that nobody asked for", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("sleep 100");
  const { promise, resolve } = Promise.withResolvers<undefined>();
  using _listening = test.runtime.onChange(() => {
    void test.status(id).then(({ state }) => {
      if (state === "exited") resolve(undefined);
    });
  });
  const { pid } = await test.status(id);
  sigkill(pid);
  await promise;
  expect(await test.status(id)).toMatchObject({ exitCode: 137 });
});

test("a container goes on without the program, and is found again", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("sleep 100");
  const before = await test.status(id);
  await test.runtime[Symbol.asyncDispose]();
  expect(await openReader(test.paths).list()).toEqual([before]);

  await using again = await openRuntime(test.paths);
  expect(await again.list()).toEqual([before]);
  await again.remove(id);
});

test("an exit code that conmon could not record is unknown, not invented", async () => {
  await using test = await openTestRuntime();
  const id = await test.run("sleep 100");
  const { pid } = await test.status(id);
  const conmon = Number(await readFile(join(test.paths.runDir, "bundles", id, "conmon.pid"), "utf8"));
  sigkill(conmon);
  await expect.poll(() => test.status(id)).toMatchObject({ state: "running", monitored: false });
  sigkill(pid);
  await expect.poll(() => test.status(id)).toMatchObject({ state: "exited", exitCode: null });
  await test.runtime.start(id);
  expect(await test.status(id)).toMatchObject({ state: "running", monitored: true });
});

test("paths may hold colons, commas and spaces and be long", async () => {
  await using test = await openTestRuntime({ folderSuffix: ` a:b,c\\${"x".repeat(120)}` });
  expect(await test.shell("echo fine")).toBe("fine");
});

async function seenLines(test: TestRuntime, id: ContainerId): Promise<readonly string[]> {
  return (await Array.fromAsync(test.runtime.logs(id, {}))).map(({ text }) => text);
}

async function lineOf(lines: AsyncIterable<{ readonly text: string }>, wanted: string): Promise<void> {
  for await (const { text } of lines) if (text === wanted) return;
  throw new Error(`${wanted} was never written`);
}

test("a container can be removed whose folders lie deeper than a path of the host may be long", async () => {
  await using test = await openTestRuntime();
  const name = "d".repeat(203); // 20 of them just fit into a path that begins in the container
  const id = await test.run(`cd /tmp; for i in $(seq 20); do mkdir ${name} && cd ${name} || exit 1; done`);
  expect(await test.exited(id)).toMatchObject({ exitCode: 0 });
  await test.runtime.remove(id);
  expect(await readdir(join(test.paths.dataDir, "containers"))).toEqual([]);
});

test("on a full disk nothing new is made, and what is there can be removed", async () => {
  await using test = await openTestRuntime();
  const folder = join(test.folder, "small");
  await mkdir(folder);
  await run("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", folder]);
  try {
    const paths = { dataDir: join(folder, "data"), runDir: join(test.folder, "small-run") };
    await using runtime = await openRuntime(paths);
    const image = await runtime.images.pull(join(test.folder, "image"));
    const request = { ...test.request({ command: ["sleep", "100"] }), image };
    await runtime.create(request);
    await runtime.start(request.id);
    await writeFile(join(folder, "filler"), Buffer.alloc(32 * 1024 * 1024)).catch(() => undefined);

    const another = { ...request, id: newId() };
    await expect(runtime.create(another)).rejects.toMatchObject({
      code: "DISK_FULL",
      hint: expect.any(String) as string,
    });
    await runtime.remove(request.id);
    expect(await runtime.list()).toEqual([]);
    await runtime.sweep();
  } finally {
    await run("umount", [folder]);
  }
});
