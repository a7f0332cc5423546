import { readlinkSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SecurityOptions } from "../../../src/model/container-spec.ts";
import { cgroupFile } from "../../support/cgroup-file.ts";
import { openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";

let host: TestRuntime;

beforeAll(async () => {
  host = await openTestRuntime({
    config: {
      Env: ["PATH=/bin", "FROM_IMAGE=1", "BOTH=image"],
      Cmd: ["sh", "-c", "echo image"],
      WorkingDir: "/srv",
    },
    files: [
      { path: "etc/passwd", content: "root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n" },
      { path: "etc/group", content: "root:x:0:\nstaff:x:50:app\n" },
    ],
  });
});

afterAll(() => host[Symbol.asyncDispose]());

describe("the process", () => {
  test("has Docker's fourteen capabilities", async () => {
    const caps = await host.shell("grep ^Cap /proc/self/status");
    expect(caps.split("\n").map((line) => line.split("\t")[1])).toEqual([
      "0000000000000000",
      "00000000a80425fb",
      "00000000a80425fb",
      "00000000a80425fb",
      "0000000000000000",
    ]);
  });

  test("loses and gains capabilities as asked", async () => {
    const spec = { capDrop: ["ALL"], capAdd: ["net_admin"] };
    expect(await host.shell("grep ^CapEff /proc/self/status", spec)).toContain("0000000000001000");
  });

  test("runs under a seccomp filter, the default or one of a file, and without one where unconfined", async () => {
    const line = "grep ^Seccomp: /proc/self/status; mkdir /made 2>/dev/null || echo denied";
    const profile = join(host.folder, "no-mkdir.json");
    const denied = { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 1 };
    await writeFile(profile, JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [denied] }));
    const security = (seccomp: string): SecurityOptions => ({
      noNewPrivileges: false,
      seccomp,
      apparmor: "default",
    });
    expect(await host.shell(line)).toBe("Seccomp:\t2");
    expect(await host.shell(line, { security: security(profile) })).toBe("Seccomp:\t2\ndenied");
    expect(await host.shell(line, { security: security("unconfined") })).toBe("Seccomp:\t0");
  });

  test("gets no new privileges where asked", async () => {
    const security = { noNewPrivileges: true, seccomp: "default", apparmor: "default" };
    expect(await host.shell("grep ^NoNewPrivs /proc/self/status", { security })).toBe("NoNewPrivs:\t1");
  });

  test("is the user of the image's passwd, with its groups and home", async () => {
    expect(await host.shell("id -u; id -g; id -G; echo $HOME", { user: "app" })).toBe(
      "1000\n1001\n1001 50\n/home/app",
    );
    expect(await host.shell("id -u; id -g; echo $HOME", { user: "4242" })).toBe("4242\n0\n/");
  });

  test("has the environment of the image under the user's, a host name, and the image's folder", async () => {
    const environment = { BOTH: "user", ODD: "a=b c" };
    expect(
      await host.shell("echo $FROM_IMAGE $BOTH $ODD $PATH; hostname; pwd", { environment, hostname: "h" }),
    ).toBe("1 user a=b c /bin\nh\n/srv");
  });

  test("has an init as PID 1 where asked", async () => {
    expect(await host.shell("tr '\\0' ' ' < /proc/1/cmdline", { init: true })).toMatch(
      /^\/sbin\/docker-init -- sh -c/,
    );
  });

  test("has the ulimits asked for, and never more open files than a limit of ours", async () => {
    expect(
      await host.shell("ulimit -n; ulimit -c", { ulimits: [{ name: "core", soft: 0, hard: 0 }] }),
    ).toMatch(/^\d+\n0$/);
    expect(
      await host.shell("ulimit -Sn; ulimit -Hn", { ulimits: [{ name: "nofile", soft: 64, hard: 128 }] }),
    ).toBe("64\n128");
  });

  test("is the image's command where none is given", async () => {
    const request = host.request();
    await host.runtime.create(request);
    await host.runtime.start(request.id);
    expect((await host.output(request.id)).map(({ text }) => text)).toEqual(["image"]);
    await host.runtime.remove(request.id);
  });
});

describe("the file system", () => {
  test("hides what Docker hides", async () => {
    expect(await host.shell("cat /proc/keys /proc/timer_list | wc -c; ls /sys/firmware | wc -l")).toBe(
      "0\n0",
    );
    expect(await host.shell("echo 1 > /proc/sys/kernel/panic || echo denied")).toBe("denied");
    expect(await host.shell("touch /sys/x || echo denied")).toBe("denied");
  });

  test("is read-only where asked, with a writable tmpfs", async () => {
    const mounts = [{ kind: "tmpfs", target: "/scratch", sizeBytes: 65536, mode: 0o700 }] as const;
    const line =
      "touch /x 2>/dev/null || echo denied; touch /scratch/x && stat -c %a /scratch; df -k /scratch | tail -1 | awk '{print $2}'";
    expect(await host.shell(line, { readOnly: true, mounts })).toBe("denied\n700\n64");
  });

  test("has hosts, hostname and resolv.conf of its own, without loopback resolvers", async () => {
    const id = await host.run(
      "hostname; cat /etc/hostname; grep -c localhost /etc/hosts; cat /etc/resolv.conf",
    );
    const lines = (await host.output(id)).map(({ text }) => text);
    expect(lines.slice(0, 3)).toEqual([id, id, "2"]);
    expect(lines.filter((line) => line.startsWith("nameserver 127."))).toEqual([]);
  });

  test("has only harmless devices", async () => {
    expect(await host.shell("ls /dev | tr '\\n' ' '")).not.toMatch(/sda|vda|kmsg|mem\b/);
    expect(
      await host.shell(
        "mknod /tmp/d b 254 0 && (head -c 1 /tmp/d >/dev/null 2>&1 && echo read || echo denied)",
      ),
    ).toBe("denied");
  });
});

describe("privileged", () => {
  test("has every capability that we have, all devices, no filter and no masks", async () => {
    const own = /^CapPrm:\s*(\w+)/m.exec(await readFile("/proc/self/status", "utf8"))?.[1];
    const line = "grep ^CapEff /proc/self/status; grep ^Seccomp: /proc/self/status; ls /dev | grep -c kmsg";
    const lines = (await host.shell(line, { privileged: true })).split("\n");
    expect(lines).toEqual([`CapEff:\t${own ?? ""}`, "Seccomp:\t0", "1"]);
  });
});

describe("the network", () => {
  test("none is a loopback and nothing else", async () => {
    expect(await host.shell("ls /sys/class/net", { network: "none" })).toBe("lo");
  });

  test("host is the host's own, with its name", async () => {
    const own = (await readFile("/proc/sys/kernel/hostname", "utf8")).trim();
    expect(await host.shell("hostname; readlink /proc/self/ns/net", { network: "host" })).toBe(
      `${own}\n${readlinkSync("/proc/self/ns/net")}`,
    );
  });

  test("a bridged container has its address in /etc/hosts", async () => {
    const id = await host.run("grep $(hostname) /etc/hosts | cut -f1; sleep 100", { network: "bridge" });
    const { addresses } = await host.status(id);
    await expect
      .poll(async () => (await Array.fromAsync(host.runtime.logs(id, {}))).map(({ text }) => text))
      .toEqual(addresses);
    await host.runtime.remove(id);
  });

  test("sysctls are the container's", async () => {
    const sysctls = { "net.core.somaxconn": "77", "kernel.shmmax": "1048576" };
    expect(
      await host.shell(
        "cat /proc/sys/net/core/somaxconn /proc/sys/kernel/shmmax /proc/sys/net/ipv4/ip_unprivileged_port_start",
        {
          sysctls,
        },
      ),
    ).toBe("77\n1048576\n0");
  });
});

describe("resources", () => {
  test("cpu, memory and processes are limited in its cgroup", async () => {
    const id = await host.run("sleep 100", { resources: { cpus: 0.5, memoryBytes: 33554432, pids: 21 } });
    const { pid } = await host.status(id);
    const read = async (v1: string, v2: string): Promise<string> =>
      (await readFile(await cgroupFile(pid ?? 0, v1, v2), "utf8")).trim();
    expect(await read("pids/pids.max", "pids.max")).toBe("21");
    expect(await read("memory/memory.limit_in_bytes", "memory.max")).toBe("33554432");
    expect(await read("cpu/cpu.cfs_quota_us", "cpu.max")).toMatch(/^50000/);
    await host.runtime.remove(id);
  });

  test("who uses too much memory is killed, and it is known why", async () => {
    const id = await host.run("exec tail -c 200m /dev/zero", { resources: { memoryBytes: 8 * 1024 * 1024 } });
    expect(await host.exited(id)).toMatchObject({ state: "exited", exitCode: 137, oomKilled: true });
    await host.runtime.start(id);
    await host.output(id);
    await host.runtime.remove(id);
  });
});
