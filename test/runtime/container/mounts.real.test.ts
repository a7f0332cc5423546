import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ContainerId } from "../../../src/model/ids.ts";
import { run } from "../../../src/sys/run.ts";
import { startProgram } from "../../../src/sys/start-program.ts";
import { newId, openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";

let host: TestRuntime;

beforeAll(async () => {
  host = await openTestRuntime({
    config: { Cmd: ["sh"], Env: ["PATH=/bin"], Volumes: { "/ofimage": {} } },
    files: [
      { path: "seeded", type: "directory", mode: 0o2750, uid: 70, gid: 71 },
      { path: "seeded/file", content: "from the image", mode: 0o640, uid: 70, gid: 71 },
      { path: "seeded/link", type: "symlink", linkTo: "file" },
      { path: "ofimage", type: "directory", mode: 0o700, uid: 5, gid: 5 },
      { path: "to-seeded", type: "symlink", linkTo: "/seeded" },
      { path: "to-sys", type: "symlink", linkTo: "/sys" },
      { path: "to-nowhere", type: "symlink", linkTo: "/sys/kernel" },
    ],
  });
});

afterAll(() => host[Symbol.asyncDispose]());

const folder = (): Promise<string> => mkdtemp(join(host.folder, "bind-"));

test("a bind shows the host's folder, and can be read-only", async () => {
  const source = await folder();
  await writeFile(join(source, "a"), "from the host");
  const bind = { kind: "bind", source, target: "/m", readOnly: false, createSource: false } as const;
  expect(await host.shell("cat /m/a; echo back > /m/b", { mounts: [bind] })).toBe("from the host");
  expect(await readFile(join(source, "b"), "utf8")).toBe("back\n");
  const readOnly = [{ ...bind, readOnly: true }];
  expect(await host.shell("touch /m/c 2>/dev/null || echo denied", { mounts: readOnly })).toBe("denied");
});

test("a bind from a file system that does not answer is refused, and nothing else is held up", async () => {
  await using quick = await openTestRuntime({ settings: { beginTimeoutMs: 1_000 } });
  await using silent = await silentFileSystem(join(quick.folder, "silent"));
  const source = join(silent.folder, "a");
  const bind = { kind: "bind", source, target: "/m", readOnly: false, createSource: true } as const;
  await expect(quick.shell("true", { mounts: [bind] })).rejects.toMatchObject({
    code: "MOUNT_REFUSED",
    message: `cannot mount ${source} at /m: its file system does not answer`,
  });
});

test("a file can be bound onto a file", async () => {
  const source = join(await folder(), "passwd:odd,name");
  await writeFile(source, "me:x:7:7::/:/bin/sh\n");
  const mounts = [
    { kind: "bind", source, target: "/etc/passwd", readOnly: true, createSource: false } as const,
  ];
  expect(await host.shell("cat /etc/passwd", { mounts })).toContain("me:x:7");
});

test("a missing source is made where the short form is used", async () => {
  const source = join(await folder(), "made/for/me");
  const mounts = [{ kind: "bind", source, target: "/m", readOnly: false, createSource: true } as const];
  await host.shell("touch /m/a", { mounts });
  expect(await readdir(source)).toEqual(["a"]);
});

test("an empty volume begins with the image's content, owner and mode", async () => {
  await host.runtime.createVolume("seeded");
  const mount = {
    kind: "volume",
    volume: "seeded",
    target: "/seeded",
    readOnly: false,
    noCopy: false,
  } as const;
  const line = "cat /seeded/link; stat -c '%a %u %g' /seeded /seeded/file; echo ours > /seeded/file";
  expect(await host.shell(line, { mounts: [mount] })).toBe("from the image2750 70 71\n640 70 71");
  expect(await host.shell("cat /seeded/file", { mounts: [mount] })).toBe("ours");
  expect(await host.runtime.volumes()).toContain("seeded");
});

test.each([false, true])(
  "a part of a volume is mounted in place of the whole, and no link leads out of the volume (user namespace: %s)",
  async (userNamespace) => {
    const volume = userNamespace ? "parts-mapped" : "parts";
    await host.runtime.createVolume(volume);
    const content = join(host.paths.dataDir, "volumes", volume, "data");
    await mkdir(join(content, "a/b"), { recursive: true });
    await writeFile(join(content, "a/b/file"), "of the part");
    await symlink("/a", join(content, "link"));
    await symlink("../../../..", join(content, "out"));
    const part = (subpath: string, target: string) =>
      ({ kind: "volume", volume, subpath, target, readOnly: target === "/file", noCopy: false }) as const;
    const mounts = [part("link/b", "/part"), part("a/b/file", "/file"), part("out", "/seeded")];
    const security = { seccomp: "default", apparmor: "default", userNamespace };
    const line = "cat /file; echo; echo new > /part/new; echo new 2>/dev/null > /file; ls /part /seeded";
    expect(await host.shell(line, { mounts, security })).toBe(
      "of the part\n/part:\nfile\nnew\n\n/seeded:\na\nlink\nout",
    );
    expect(await readFile(join(content, "a/b/new"), "utf8")).toBe("new\n");
    expect((await stat(join(content, "a/b/new"))).uid).toBe(0);
    await expect(host.shell("true", { mounts: [part("a/none", "/m")] })).rejects.toMatchObject({
      code: "MOUNT_REFUSED",
      message: `cannot mount volume ${volume} at /m: it has no a/none`,
    });
    await expect(host.shell("true", { mounts: [part("a/b/file", "/seeded")] })).rejects.toThrow(
      "the source is a file",
    );
  },
);

test("a fill that was interrupted begins anew", async () => {
  await host.runtime.createVolume("half");
  const volume = join(host.paths.dataDir, "volumes/half");
  await writeFile(join(volume, "filling"), "");
  await writeFile(join(volume, "data/torn"), "x");
  const mounts = [
    { kind: "volume", volume: "half", target: "/seeded", readOnly: false, noCopy: false } as const,
  ];
  expect(await host.shell("ls /seeded", { mounts })).toBe("file\nlink");
  expect(existsSync(join(volume, "filling"))).toBe(false);
});

test("a volume stays empty with noCopy", async () => {
  await host.runtime.createVolume("bare");
  const mounts = [
    { kind: "volume", volume: "bare", target: "/seeded", readOnly: false, noCopy: true } as const,
  ];
  expect(await host.shell("ls /seeded | wc -l", { mounts })).toBe("0");
});

test("containers that begin together fill a volume once and share it", async () => {
  await host.runtime.createVolume("shared");
  const mounts = [
    { kind: "volume", volume: "shared", target: "/seeded", readOnly: false, noCopy: false } as const,
  ];
  const outputs = await Promise.all([1, 2, 3].map(() => host.shell("cat /seeded/file", { mounts })));
  expect(outputs).toEqual(Array.from({ length: 3 }, () => "from the image"));
});

test("anonymous volumes, the image's own too, live as long as the container", async () => {
  const mounts = [{ kind: "volume", target: "/anonymous", readOnly: false, noCopy: false } as const];
  const line =
    "stat -c '%a %u' /ofimage; echo x >> /ofimage/n; echo x >> /anonymous/n; cat /ofimage/n /anonymous/n | wc -l";
  const id = await host.run(line, { mounts });
  await host.exited(id);
  await host.runtime.start(id);
  expect((await host.output(id)).map(({ text }) => text)).toEqual(["700 5", "2", "700 5", "4"]);
  await host.runtime.remove(id);
});

test("what takes the place of a container has its anonymous volumes, and the first one too until it goes", async () => {
  const mounts = [{ kind: "volume", target: "/anonymous", readOnly: false, noCopy: false } as const];
  const command = [
    "sh",
    "-c",
    "echo x >> /ofimage/n; echo x >> /anonymous/n; cat /ofimage/n /anonymous/n | wc -l",
  ];
  const make = async (inherits?: ContainerId, id = newId()): Promise<ContainerId> => {
    const request = { ...host.request({ command, mounts }), id, ...(inherits !== undefined && { inherits }) };
    await host.runtime.create(request);
    return request.id;
  };
  const countOf = async (id: ContainerId): Promise<string | undefined> => {
    await host.runtime.start(id);
    await host.exited(id);
    return (await host.output(id)).at(-1)?.text;
  };
  const first = await make();
  expect(await countOf(first)).toBe("2");
  const failed = await make(first);
  expect(await countOf(failed)).toBe("4");
  await host.runtime.remove(failed);
  expect(await countOf(first), "after a way back").toBe("6");
  const second = await make(first);
  await host.runtime.remove(first);
  expect(await countOf(second)).toBe("8");
  const third = await make(second);
  expect(await countOf(third)).toBe("10");
  const fourth = await make(third);
  expect(await countOf(fourth), "through one that has them from another").toBe("12");
  await Promise.all([third, second].map((id) => host.runtime.remove(id)));
  expect(await countOf(fourth), "when those are gone").toBe("14");
  expect(await countOf(await make(undefined, first)), "of an id that others have them from").toBe("2");
  await host.runtime.remove(first);
  const folder = join(host.paths.dataDir, "anonymous-volumes", first);
  expect(existsSync(folder)).toBe(true);
  await host.runtime.remove(fourth);
  expect(existsSync(folder), "with the last of them").toBe(false);
});

test("anonymous volumes stay while a record that cannot be read may be of one that has them", async () => {
  const mounts = [{ kind: "volume", target: "/anonymous", readOnly: false, noCopy: false } as const];
  const first = host.request({ command: ["true"], mounts });
  await host.runtime.create(first);
  const heir = { ...host.request({ command: ["true"], mounts }), inherits: first.id };
  await host.runtime.create(heir);
  const record = join(host.paths.dataDir, "containers", heir.id, "record.json");
  const content = await readFile(record);
  await writeFile(record, "damaged");
  await host.runtime.remove(first.id);
  const folder = join(host.paths.dataDir, "anonymous-volumes", first.id);
  expect(existsSync(folder)).toBe(true);
  await writeFile(record, content);
  await host.runtime.remove(heir.id);
  expect(existsSync(folder)).toBe(false);
});

test("a target is resolved inside the image, nested ones in order", async () => {
  const source = await folder();
  await mkdir(join(source, "inner"));
  const bind = { kind: "bind", source, readOnly: false, createSource: false } as const;
  const mounts = [{ kind: "tmpfs", target: "/to-seeded/inner" } as const, { ...bind, target: "/to-seeded" }];
  expect(
    await host.shell("grep -c ' /seeded' /proc/mounts; touch /seeded/inner/x; ls /seeded", { mounts }),
  ).toBe("2\ninner");
  expect(await readdir(join(source, "inner"))).toEqual([]);
});

test.each(["/proc", "/sys/fs", "/dev/null", "/", "/to-sys/fs", "/to-nowhere/x", "/a/../proc"])(
  "nothing can be mounted at %s",
  async (target) => {
    const request = host.request({ command: ["true"], mounts: [{ kind: "tmpfs", target }] });
    await expect(host.runtime.create(request)).rejects.toMatchObject({ code: "MOUNT_REFUSED" });
    expect(await host.runtime.list()).toEqual([]);
  },
);

test("/dev/shm can be another size", async () => {
  const mounts = [{ kind: "tmpfs", target: "/dev/shm", sizeBytes: 1048576 } as const];
  expect(await host.shell("df -k /dev/shm | tail -1 | awk '{print $2}'", { mounts })).toBe("1024");
});

test("the volume store keeps what containers leave", async () => {
  await host.runtime.createVolume("kept");
  await host.runtime.createVolume("kept");
  const { mode } = await stat(join(host.paths.dataDir, "volumes/kept/data"));
  expect(mode & 0o777).toBe(0o755);
  await expect(host.runtime.createVolume("../out")).rejects.toMatchObject({ code: "BAD_VOLUME_NAME" });
});

/** As one of a network whose server is away: a program has it, for some seconds, that answers no question of the kernel. */
async function silentFileSystem(folder: string): Promise<AsyncDisposable & { readonly folder: string }> {
  await mkdir(folder);
  const fuse = openSync("/dev/fuse", "r+");
  const options = "fd=3,rootmode=40000,user_id=0,group_id=0";
  await run("mount", ["-i", "-t", "fuse", "-o", options, "silent", folder], { fds: [fuse] });
  const stdio = ["ignore", "ignore", "ignore"] as const;
  const silent = startProgram("sleep", ["20"], { stdio, fds: [fuse], ownSession: true });
  closeSync(fuse);
  return {
    folder,
    [Symbol.asyncDispose]: async () => {
      silent.signal("SIGKILL");
      await silent.exit;
      await run("umount", [folder]);
    },
  };
}
