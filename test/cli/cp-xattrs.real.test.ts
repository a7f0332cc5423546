/** Extended attributes, in both directions. */
import { closeSync, constants, openSync } from "node:fs";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { getXattr, listXattrs, setXattr } from "../../src/sys/xattr.ts";
import { run } from "../../src/sys/run.ts";
import { anInstanceRunning, type TestInstance } from "../support/instance.ts";

/** CAP_NET_BIND_SERVICE, effective and permitted. */
const capabilities = Buffer.from("0100000200040000000000000000000000000000", "hex");
const attributes = { "security.capability": capabilities, "user.mine": Buffer.from("a\0b=\n") };
const sorted = Object.entries(attributes).map(([name, value]) => `${name} ${value.toString("hex")}`);

let instance: TestInstance;
beforeAll(async () => {
  const service = "{ image: ./image, command: [sleep, infinity], stop_signal: SIGKILL";
  instance = await anInstanceRunning(`name: app
services:
  web: ${service}, volumes: ["data:/data"], tmpfs: [/tmp] }
  mapped: ${service}, userns_mode: private, volumes: ["more:/data"], tmpfs: [/tmp] }
volumes: { data: , more: }
`);
  await instance.write("tree/file", "content\n");
  set("tree", { "user.mine": attributes["user.mine"] });
  set("tree/file", attributes);
  await copyFile("/bin/busybox", join(instance.folder, "tree/grep"));
  set("tree/grep", attributes);
});
afterAll(() => instance[Symbol.asyncDispose]());

function opened<T>(path: string, use: (fd: number) => T): T {
  const fd = openSync(join(instance.folder, path), constants.O_RDONLY);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function set(path: string, values: Readonly<Record<string, Buffer>>): void {
  opened(path, (fd) => {
    for (const [name, value] of Object.entries(values)) setXattr(fd, name, value);
  });
}

const shown = (path: string): readonly string[] =>
  opened(path, (fd) =>
    listXattrs(fd)
      .filter((name) => name in attributes)
      .map((name) => `${name} ${Buffer.from(getXattr(fd, name)).toString("hex")}`)
      .sort(),
  );

test.each([
  ["web", "data", "/data"],
  ["mapped", "more", "/data"],
  ["web", undefined, "/"],
  ["mapped", undefined, "/"],
])(
  "those of files and folders go into %s (volume %s) and back, and work there",
  async (service, volume, at) => {
    const exec = ["exec", "-T", "-u", "1000", `app/${service}`];
    const into = await instance.run(["cp", "tree", `app/${service}:${at}`]);
    expect(into).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    const granted = await instance.run([...exec, `${at}/tree/grep`, "CapEff", "/proc/self/status"]);
    expect(granted.stdout).toBe("CapEff:\t0000000000000400\n");
    if (volume !== undefined) {
      const content = `data/volumes/app_${volume}/data`;
      expect(shown(`${content}/tree/file`)).toEqual(sorted);
      expect(shown(`${content}/tree`)).toEqual(sorted.slice(1));
    }
    const name = `back-${service}-${volume ?? "root"}`;
    await instance.run(["cp", "-a", `app/${service}:${at}/tree`, name]);
    expect(shown(`${name}/file`)).toEqual(sorted);
    expect(shown(name)).toEqual(sorted.slice(1));
  },
);

test("without -a, no rights come out of a container", async () => {
  await instance.run(["cp", "tree", "app/web:/data/"]);
  await instance.run(["cp", "app/web:/data/tree/file", "plain"]);
  expect(shown("plain")).toEqual(sorted.slice(1));
});

test("rights that are for the root of some user namespace are left out, and named", async () => {
  const ofAnother = Buffer.concat([capabilities, Buffer.from([7, 0, 0, 0])]);
  ofAnother[3] = 3;
  await instance.write("foreign", "content\n");
  set("foreign", { "security.capability": ofAnother });
  const ended = await instance.run(["cp", "foreign", "app/web:/data/foreign"]);
  expect(ended).toEqual({
    exitCode: 0,
    stdout: "",
    stderr:
      "Left out foreign: the attribute security.capability, which is for the root of another user namespace.\n",
  });
  expect(shown("data/volumes/app_data/data/foreign")).toEqual([]);
});

test("an archive has them, for tar and from tar", async () => {
  await instance.run(["cp", "tree", "app/mapped:/data/"]);
  await instance.run(["cp", "app/mapped:/data/tree", "-"], {
    under: [
      "sh",
      "-c",
      '"$0" "$@" > out.tar; mkdir out; tar --xattrs --xattrs-include="*" -xf out.tar -C out',
    ],
  });
  expect(shown("out/tree/file")).toEqual(sorted);
  await run("tar", ["--xattrs", "--xattrs-include=*", "-cf", "in.tar", "-C", "out/tree", "file"], {
    cwd: instance.folder,
  });
  await instance.run(["cp", "-", "app/mapped:/data"], { under: ["sh", "-c", '"$0" "$@" < in.tar'] });
  expect(shown("data/volumes/app_more/data/file")).toEqual(sorted);
});

test("one that a file system cannot have is left out, and named", async () => {
  const target = join(instance.folder, "bare");
  await mkdir(target);
  await run("mount", ["-t", "ramfs", "ramfs", target]);
  try {
    await instance.run(["cp", "tree", "app/web:/data/"]);
    const ended = await instance.run(["cp", "app/web:/data/tree/file", "bare/file"]);
    expect(ended).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "Left out file: the attribute user.mine, which its file system cannot have.\n",
    });
    expect(await readFile(join(target, "file"), "utf8")).toBe("content\n");
  } finally {
    await run("umount", [target]);
  }
});
