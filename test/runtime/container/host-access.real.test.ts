import { readlinkSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { identify } from "../../../src/sys/process.ts";
import { run } from "../../../src/sys/run.ts";
import { cgroupFile } from "../../support/cgroup-file.ts";
import { openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";

let host: TestRuntime;

beforeAll(async () => {
  const group = "root:x:0:\nvideo:x:44:\n";
  host = await openTestRuntime({ files: [{ path: "etc/group", content: group }] });
});

afterAll(() => host[Symbol.asyncDispose]());

async function linesOf(id: Parameters<TestRuntime["output"]>[0]): Promise<readonly string[]> {
  return (await Array.fromAsync(host.runtime.logs(id, {}))).map(({ text }) => text);
}

test("a container has the devices, groups, memory and processors that it asks for, and no others", async () => {
  const device = (source: string, target: string, permissions: string) =>
    ({ kind: "host", source, target, permissions }) as const;
  const line = `
    denied() { head -c 0 $1 2>&1 | grep -c 'not permitted'; }
    stat -c %t:%T /dev/log-of-kernel /dev/opt/zero
    : > /dev/log-of-kernel && echo open for writing; denied /dev/log-of-kernel
    mknod /rule b 7 0; denied /rule
    mknod /none c 10 1; denied /none
    id -G
    df -k /dev/shm /scratch | awk 'NR > 1 { print $2 }'
    cat /proc/self/oom_score_adj
    grep Cpus_allowed_list /proc/self/status | cut -f2
    stat -c '%u %a' /scratch; cp /bin/busybox /scratch/true && /scratch/true && echo ran
    grep -c ' /proc/sys ' /proc/mounts
    echo done; sleep 100`;
  const id = await host.run(line, {
    devices: [device("/dev/kmsg", "/dev/log-of-kernel", "w"), device("/dev/zero", "/dev/opt/zero", "rwm")],
    deviceRules: ["b 7:* rwm"],
    groupAdd: ["video", "4242"],
    shmSizeBytes: 32 * 1024 * 1024,
    oomScoreAdj: 500,
    security: { noNewPrivileges: false, seccomp: "default", apparmor: "default", unmasked: true },
    mounts: [
      {
        kind: "tmpfs",
        target: "/scratch",
        sizeBytes: 4 * 1024 * 1024,
        mode: 0o710,
        options: ["exec", "uid=7"],
      },
    ],
    resources: {
      ...{ cpuset: "0", cpuShares: 512, cpuQuotaUs: 30_000, cpuPeriodUs: 60_000 },
      ...{ memoryBytes: 64 * 1024 * 1024, memoryReservationBytes: 32 * 1024 * 1024 },
    },
  });
  await expect.poll(() => linesOf(id)).toContain("done");
  expect(await linesOf(id)).toEqual([
    ...["1:b", "1:5", "open for writing", "1", "0", "1"],
    ...["0 44 4242", "32768", "4096", "500", "0", "7 710", "ran", "0", "done"],
  ]);
  const { pid = 0 } = await host.status(id);
  const read = async (v1: string, v2: string): Promise<string> =>
    (await readFile(await cgroupFile(pid, v1, v2), "utf8")).trim();
  expect(await read("memory/memory.soft_limit_in_bytes", "memory.low")).toBe(String(32 * 1024 * 1024));
  expect(await read("cpu/cpu.cfs_period_us", "cpu.max")).toMatch(/60000$/);
  expect(await read("cpu/cpu.shares", "cpu.weight")).toMatch(/^(512|20)$/);
  await host.runtime.remove(id);
});

test("a ulimit that the host does not allow is lowered to what it does, and an event says so", async () => {
  const own = Number(/^Max open files +\d+ +(\d+)/m.exec(await readFile("/proc/self/limits", "utf8"))?.[1]);
  const most = Number(await readFile("/proc/sys/fs/nr_open", "utf8"));
  const asked = Math.min(own + 1, most);
  const given = Number(
    await host.shell("ulimit -Hn", { ulimits: [{ name: "nofile", soft: 64, hard: asked }] }),
  );
  const journal = await readFile(join(host.paths.dataDir, "events/1.jsonl"), "utf8");
  const told = journal.split("\n").filter((line) => line.includes('"limit-lowered"'));
  expect(given).toBeLessThanOrEqual(asked);
  expect(told.map((line) => JSON.parse(line) as unknown)).toMatchObject(
    given < asked ? [{ limit: "RLIMIT_NOFILE", wanted: asked, given }] : [],
  );
});

test("the host's namespaces are shared where asked, and what it started goes with it", async () => {
  const line = "(while :; do sleep 0.2; done) & echo $!; hostname; sleep 100";
  const id = await host.run(line, { hostNamespaces: ["pid", "ipc", "uts"], cgroupNamespace: "private" });
  await expect.poll(() => linesOf(id)).toHaveLength(2);
  const [child = "", name] = await linesOf(id);
  const { pid = 0 } = await host.status(id);
  const namespace = (kind: string, of: number | "self"): string => readlinkSync(`/proc/${of}/ns/${kind}`);
  for (const kind of ["pid", "ipc", "uts"]) expect(namespace(kind, pid)).toBe(namespace(kind, "self"));
  for (const kind of ["mnt", "cgroup"]) expect(namespace(kind, pid)).not.toBe(namespace(kind, "self"));
  expect(namespace("pid", Number(child))).toBe(namespace("pid", "self"));
  expect(name).toBe(hostname());
  expect(identify(Number(child))).toBeDefined();
  await host.runtime.remove(id);
  expect(identify(Number(child))).toBeUndefined();
});

test("a mount made later on the host is seen inside where the bind is a slave, and not where it is private", async () => {
  const source = join(host.folder, "source");
  await mkdir(join(source, "below"), { recursive: true });
  await run("mount", ["--bind", source, source]);
  await run("mount", ["--make-shared", source]);
  try {
    const bind = (target: string) =>
      ({ kind: "bind", source, target, readOnly: false, createSource: false }) as const;
    const line = "echo up; until [ -e /slave/below/file ]; do sleep 0.05; done; ls /private/below | wc -l";
    const mounts = [{ ...bind("/slave"), propagation: "rslave" } as const, bind("/private")];
    const id = await host.run(line, { mounts });
    await expect.poll(() => linesOf(id)).toContain("up");
    await run("mount", ["-t", "tmpfs", "tmpfs", join(source, "below")]);
    await run("touch", [join(source, "below/file")]);
    expect((await host.output(id)).map(({ text }) => text)).toEqual(["up", "0"]);
    await host.runtime.remove(id);
  } finally {
    await run("umount", ["--recursive", source]);
  }
});

test.each([
  [
    { devices: [{ kind: "host", source: "/dev/no-such", target: "/dev/x", permissions: "r" }] },
    "/dev/no-such",
  ],
  [{ groupAdd: ["no-such"] }, "no-such"],
  [{ resources: { blockIo: { readBps: [{ path: "/dev/null", value: 1024 }] } } }, "/dev/null"],
] as const)("what the host or the image does not have is an error that names it: %j", async (asked, name) => {
  await expect(host.shell("true", asked)).rejects.toThrow(name);
  expect((await host.runtime.list()).filter(({ state }) => state === "incomplete")).toEqual([]);
});
