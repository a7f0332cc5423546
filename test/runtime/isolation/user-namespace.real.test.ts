import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ContainerSpec } from "../../../src/model/container-spec.ts";
import { layoutOf } from "../../../src/runtime/container/layout.ts";
import { leftBy, openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";

const security = { seccomp: "default", apparmor: "default", userNamespace: true };
const isolated: Partial<ContainerSpec> = { security };
/** What the host has where nothing is in /etc/subuid. */
const first = 0x7000_0000;

let host: TestRuntime;

beforeAll(async () => {
  host = await openTestRuntime({
    files: [
      { path: "owned", uid: 1000, gid: 1001, content: "" },
      { path: "etc/passwd", content: "root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/:/bin/sh\n" },
    ],
  });
});

afterAll(() => host[Symbol.asyncDispose]());

test("root in the container is nobody on the host, and sees every file under the image's own ids", async () => {
  const id = await host.run(
    "stat -c %u:%g /bin /owned /etc/hosts /; cat /proc/self/uid_map; sleep 100",
    isolated,
  );
  const { pid = 0 } = await host.status(id);
  expect(statSync(`/proc/${pid}`)).toMatchObject({ uid: first, gid: first });
  await host.runtime.stop(id);
  const lines = (await host.output(id)).map(({ text }) => text.trim().replace(/ +/g, " "));
  expect(lines).toEqual(["0:0", "1000:1001", "0:0", "0:0", `0 ${first} 65536`]);
});

test("what it writes has the container's ids on the disk", async () => {
  const id = await host.run(
    "touch /new && chown 1000:1001 /new && chown 7:8 /owned && mkdir /folder",
    isolated,
  );
  expect(await host.exited(id)).toMatchObject({ exitCode: 0 });
  const upper = join(layoutOf(host.paths, id).home, "upper");
  expect(statSync(join(upper, "new"))).toMatchObject({ uid: 1000, gid: 1001 });
  expect(statSync(join(upper, "owned"))).toMatchObject({ uid: 7, gid: 8 });
  expect(statSync(join(upper, "folder"))).toMatchObject({ uid: 0, gid: 0 });
  await host.runtime.remove(id);
});

test.each(["", "app"])("as user %j it writes to its output also by name", async (user) => {
  expect(
    await host.shell("echo one > /dev/stdout; echo two > /dev/stderr; id -u", { ...isolated, user }),
  ).toBe(user === "" ? "one\n0" : "one\n1000");
});

test("it rules its own network, and only that", async () => {
  const line =
    "ip link set lo down && ip link set lo up && cat /proc/sys/net/ipv4/ip_unprivileged_port_start; ip a";
  const capAdd = ["NET_ADMIN"];
  expect(await host.shell(line, { ...isolated, capAdd, network: "bridge" })).toMatch(
    /^0\n[^]*eth0[^]* inet /,
  );
  expect(await host.shell(line, { ...isolated, capAdd, network: "none" })).toMatch(/^0\n1: lo/);
});

test("it has its own /proc, /sys and /dev", async () => {
  const line = "ls /sys/class/net; echo x > /dev/null; stat -c %u:%g /dev/shm /dev/pts /dev/pts/ptmx";
  expect(await host.shell(line, isolated)).toBe("lo\n0:0\n0:0\n0:0");
});

test("its root file system can be read-only", async () => {
  const spec = { ...isolated, readOnly: true, init: true };
  expect(await host.shell("touch /new /etc/hosts 2>/dev/null || cat /etc/hostname | wc -l", spec)).toBe("1");
});

test("a restart keeps its ids, its files and its address", async () => {
  const id = await host.run("cat /kept; cat /proc/self/uid_map; echo kept > /kept; stat -c %u /kept", {
    ...isolated,
    network: "bridge",
  });
  const { addresses } = await host.exited(id);
  await host.runtime.start(id);
  expect(await host.exited(id)).toMatchObject({ addresses, exitCode: 0 });
  const lines = (await host.output(id)).map(({ text }) => text.trim().replace(/ +/g, " "));
  expect(lines.slice(-3)).toEqual(["kept", `0 ${first} 65536`, "0"]);
  await host.runtime.remove(id);
});

test("a user that has no id in it is refused", async () => {
  await expect(host.runtime.create(host.request({ ...isolated, user: "70000" }))).rejects.toMatchObject({
    code: "USER_OUT_OF_RANGE",
  });
});

test("nothing of it is left when it is removed", async () => {
  await using other = await openTestRuntime();
  await other.shell("true", { ...isolated, network: "bridge" });
  await other.runtime.sweep();
  expect(await leftBy(other)).toEqual([]);
});
