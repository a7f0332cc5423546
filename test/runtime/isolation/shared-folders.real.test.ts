import { chownSync, statSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ContainerSpec, Mount } from "../../../src/model/container-spec.ts";
import { run } from "../../../src/sys/run.ts";
import { openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";

const withNamespace = (userNamespace: boolean): Pick<ContainerSpec, "security"> => ({
  security: { seccomp: "default", apparmor: "default", userNamespace },
});

let host: TestRuntime;

beforeAll(async () => {
  host = await openTestRuntime({
    files: [
      { path: "seeded", type: "directory", mode: 0o2750, uid: 70, gid: 71 },
      { path: "seeded/file", content: "from the image", mode: 0o640, uid: 72, gid: 73 },
    ],
  });
});

afterAll(() => host[Symbol.asyncDispose]());

const bindOf = (source: string, changes: Partial<Mount & { kind: "bind" }> = {}): Mount => ({
  kind: "bind",
  source,
  target: "/m",
  readOnly: false,
  createSource: false,
  ...changes,
});

test.each([
  ["on, off, on", [true, false, true]],
  ["off, on, off", [false, true, false]],
] as const)("a volume has the same owners with user namespaces %s", async (name, order) => {
  const volume = name.replaceAll(/\W/g, "");
  await host.runtime.createVolume(volume);
  const mounts = [{ kind: "volume", volume, target: "/m", readOnly: false, noCopy: false } as const];
  const seen: string[] = [];
  for (const [index, on] of order.entries()) {
    const write = `touch /m/${index} && chown ${index}:100${index} /m/${index} && chmod 600 /m/${index}`;
    const look = "stat -c %n=%u:%g:%a /m/*";
    seen.push(await host.shell(`${write}; ${look}`, { ...withNamespace(on), mounts }));
  }
  expect(seen.at(-1)?.split("\n")).toEqual(["/m/0=0:1000:600", "/m/1=1:1001:600", "/m/2=2:1002:600"]);
});

test("an empty volume begins with the image's content under the image's ids", async () => {
  const look = "stat -c %u:%g:%a /seeded /seeded/file; cat /seeded/file";
  for (const on of [true, false]) {
    await host.runtime.createVolume(`seeded-${on}`);
    const mounts = [
      { kind: "volume", volume: `seeded-${on}`, target: "/seeded", readOnly: false, noCopy: false } as const,
    ];
    expect(await host.shell(look, { ...withNamespace(on), mounts })).toBe(
      "70:71:2750\n72:73:640\nfrom the image",
    );
    expect(await host.shell(look, { ...withNamespace(!on), mounts })).toBe(
      "70:71:2750\n72:73:640\nfrom the image",
    );
  }
});

test("a bound folder shows and takes the container's ids as they are on the host", async () => {
  const source = await mkdtemp(join(host.folder, "bind-"));
  await mkdir(join(source, "below"));
  await writeFile(join(source, "below/file"), "");
  chownSync(join(source, "below/file"), 33, 34);
  const line = "stat -c %u:%g /m /m/below/file; touch /m/new; chown 8:9 /m/new";
  expect(await host.shell(line, { ...withNamespace(true), mounts: [bindOf(source)] })).toBe("0:0\n33:34");
  expect(statSync(join(source, "new"))).toMatchObject({ uid: 8, gid: 9 });
});

test("a bound file, and a mount below a bound folder, too", async () => {
  const source = await mkdtemp(join(host.folder, "bind-"));
  await mkdir(join(source, "below"));
  await writeFile(join(source, "file"), "text");
  await run("mount", ["--bind", "/etc", join(source, "below")]);
  try {
    const mounts = [bindOf(source), bindOf(join(source, "file"), { target: "/one" })];
    const line = "stat -c %u /m/below/passwd /one; cat /one; grep -c root /m/below/shadow";
    expect(await host.shell(line, { ...withNamespace(true), mounts })).toBe("0\n0\ntext1");
    expect(statSync(join(source, "below/passwd")).size).toBeGreaterThan(0);
  } finally {
    await run("umount", [join(source, "below")]);
  }
});

test("what is bound read-only is, also from where other restrictions hold", async () => {
  const source = await mkdtemp(join(host.folder, "bind-"));
  await run("mount", ["--bind", source, source]);
  try {
    await run("mount", ["-o", "remount,bind,nosuid,nodev,noexec", source]);
    const mounts = [bindOf(source, { readOnly: true })];
    const line = "touch /m/new 2>/dev/null || grep -o ' /m .* ro,nosuid,nodev,noexec' /proc/mounts | wc -l";
    expect(await host.shell(line, { ...withNamespace(true), mounts })).toBe("1");
  } finally {
    await run("umount", [source]);
  }
});

test("tmpfs belongs to the container's root", async () => {
  const mounts = [{ kind: "tmpfs", target: "/t", mode: 0o700 } as const];
  expect(await host.shell("touch /t/a; stat -c %u:%g:%a /t", { ...withNamespace(true), mounts })).toBe(
    "0:0:700",
  );
});

test("a folder whose file system cannot take on other ids is refused by name", async () => {
  const request = host.request({
    ...withNamespace(true),
    mounts: [bindOf("/proc/sys/kernel", { readOnly: true })],
  });
  await expect(host.runtime.create(request)).rejects.toMatchObject({
    code: "MOUNT_REFUSED",
    message: expect.stringMatching(/^cannot mount \/proc\/sys\/kernel at \/m in a user namespace/) as string,
    hint: expect.stringContaining("userns_mode: host") as string,
  });
});
