import { readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ContainerSpec } from "../../../src/model/container-spec.ts";
import { layoutOf } from "../../../src/runtime/container/layout.ts";
import { run } from "../../../src/sys/run.ts";
import { buildImage, busyboxFiles, type ImageFile } from "../../support/build-image.ts";
import { addImage, leftBy, openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";

let host: TestRuntime;

beforeAll(async () => {
  host = await openTestRuntime({ files: [{ path: "notes.txt", content: "not a program" }] });
});

afterAll(() => host[Symbol.asyncDispose]());

const bind = { kind: "bind", source: "/no/such", target: "/m", readOnly: true, createSource: false } as const;

const cases: readonly (readonly [what: string, spec: Partial<ContainerSpec>, code: string, words: RegExp])[] =
  [
    [
      "a command that is not in the image",
      { command: ["nope"] },
      "COMMAND_NOT_FOUND_IN_IMAGE",
      /busybox.*"nope"/,
    ],
    [
      "a path that is not in the image",
      { command: ["/no/pe"] },
      "COMMAND_NOT_FOUND_IN_IMAGE",
      /busybox.*"\/no\/pe"/,
    ],
    ["a file that is no program", { command: ["/notes.txt"] }, "COMMAND_NOT_EXECUTABLE", /"\/notes.txt"/],
    ["no command at all", { entrypoint: [], command: [] }, "NO_COMMAND", /busybox/],
    ["a bind whose source is missing", { mounts: [bind] }, "MOUNT_REFUSED", /\/no\/such at \/m/],
    [
      "a file on a folder",
      { mounts: [{ ...bind, source: "/etc/passwd", target: "/tmp" }] },
      "MOUNT_REFUSED",
      /folder/,
    ],
    [
      "two mounts on one target",
      {
        mounts: [
          { kind: "tmpfs", target: "/a" },
          { kind: "tmpfs", target: "/a/" },
        ],
      },
      "MOUNT_REFUSED",
      /\/a/,
    ],
    [
      "a volume that was not created",
      { mounts: [{ kind: "volume", volume: "gone", target: "/a", readOnly: false, noCopy: false }] },
      "MOUNT_REFUSED",
      /volume gone at \/a/,
    ],
    ["an unknown user", { user: "ghost" }, "UNKNOWN_USER", /"ghost"/],
    ["an unknown group", { user: "root:ghosts" }, "UNKNOWN_USER", /"ghosts"/],
    ["a sysctl of the host", { sysctls: { "kernel.panic": "1" } }, "BAD_SYSCTL", /kernel.panic/],
    ["a sysctl that no kernel has", { sysctls: { "net.no.such": "1" } }, "CREATE_REFUSED", /net\/no\/such/],
    [
      "an unknown ulimit",
      { ulimits: [{ name: "nofiles", soft: 1, hard: 1 }] },
      "UNKNOWN_ULIMIT",
      /"nofiles"/,
    ],
    ["an unknown capability", { capAdd: ["NET_ADMINN"] }, "UNKNOWN_CAPABILITY", /"NET_ADMINN"/],
    ["an unknown signal", { stopSignal: "SIGNOPE" }, "UNKNOWN_SIGNAL", /"SIGNOPE"/],
    [
      "a seccomp profile that is not there",
      { security: { noNewPrivileges: false, seccomp: "/no/profile.json", apparmor: "default" } },
      "BAD_SECCOMP_PROFILE",
      /\/no\/profile.json/,
    ],
  ];

test.each(cases)("%s is refused, and leaves nothing", async (_what, spec, code, words) => {
  const request = host.request({ command: ["true"], network: "bridge", ...spec });
  await expect(host.runtime.create(request)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(words) as string,
  });
  expect(await host.runtime.list()).toEqual([]);
  for (const folder of ["data/containers", "run/bundles", "run/runc", "run/exits"]) {
    expect(await readdir(join(host.folder, folder))).toEqual([]);
  }
  await host.runtime.sweep();
  expect(await leftBy(host)).toEqual([]);
});

test("a seccomp profile that is a fifo is refused, and holds nobody up", async () => {
  const fifo = join(host.folder, "fifo");
  await run("mkfifo", [fifo]);
  const security = { noNewPrivileges: false, seccomp: fifo, apparmor: "default" };
  const request = host.request({ command: ["true"], security });
  await expect(host.runtime.create(request)).rejects.toMatchObject({
    code: "BAD_SECCOMP_PROFILE",
    message: expect.stringContaining(fifo) as string,
  });
});

test.each([
  ["root:s3cr3t:0:0:root:/root:/bin/sh\n", "it is not JSON"],
  ['{ "s3cr3t":\n "s3cr3t" "s3cr3t" }', "it is not JSON: line 2, column 11"],
])(
  "a seccomp profile that is no JSON (%j) is refused, and nothing that is in it is told",
  async (text, why) => {
    const file = join(host.folder, "no-profile");
    await writeFile(file, text);
    const security = { noNewPrivileges: false, seccomp: file, apparmor: "default" };
    const request = host.request({ command: ["true"], security });
    const error: unknown = await host.runtime.create(request).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: `seccomp profile ${file}: ${why}` });
    expect(inspect(error)).not.toContain("s3cr3t");
  },
);

test("a variable with a NUL in it is refused by its name, and its value is not told", async () => {
  const request = host.request({ command: ["true"], environment: { TOKEN: "s3cr3t\0" } });
  const error: unknown = await host.runtime.create(request).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "BAD_ENVIRONMENT" });
  expect(inspect(error)).toContain("TOKEN");
  expect(inspect(error)).not.toContain("s3cr3t");
});

test.each<readonly [string, ImageFile]>([
  ["a fifo", { path: "etc/passwd", type: "fifo" }],
  ["the watchdog", { path: "etc/passwd", type: "character-device", device: [10, 130] }],
  ["a folder", { path: "etc/passwd", type: "directory" }],
])("an image whose /etc/passwd is %s is refused without opening it", async (_what, file) => {
  await using own = await openTestRuntime();
  const image = await addImage(own.runtime, join(own.folder, "odd"), {
    files: [{ path: "etc/.wh.passwd" }, file],
  });
  const request = { ...own.request({ command: ["true"] }), image };
  await expect(own.runtime.create(request)).rejects.toMatchObject({ code: "BAD_IMAGE" });
});

test.each<readonly [string, ImageFile]>([
  ["proc is a link to /etc", { path: "proc", type: "symlink", linkTo: "/etc" }],
  ["sys is a link to ../etc", { path: "sys", type: "symlink", linkTo: "../etc" }],
  ["sys is not a folder", { path: "sys", content: "" }],
  ["dev is not a folder", { path: "dev", type: "character-device", device: [1, 3] }],
])("an image whose %s is refused when it is pulled, by layer and entry", async (what, file) => {
  await using own = await openTestRuntime();
  const error: unknown = await addImage(own.runtime, join(own.folder, "odd"), { files: [file] }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: "BAD_IMAGE" });
  expect((error as Error).message).toMatch(
    new RegExp(`^image ${own.folder}/odd/image: layer sha256:\\w{64}: its entry ${what}$`),
  );
  expect(await own.runtime.images.list()).toHaveLength(1);
});

test("an image that has none of /proc, /sys and /dev, or no longer a link there, runs", async () => {
  await using own = await openTestRuntime();
  const dir = join(own.folder, "mended");
  const link = { path: "proc", type: "symlink", linkTo: "/etc" } as const;
  await buildImage({ dir, layers: [await busyboxFiles(), [link], [{ path: ".wh.proc" }]] });
  const image = await own.runtime.images.pull(dir);
  const request = { ...own.request({ command: ["true"] }), image };
  await own.runtime.create(request);
  await own.runtime.start(request.id);
  expect(await own.exited(request.id)).toMatchObject({ exitCode: 0 });
});

test("a container in whose files such a link has come about is not started again", async () => {
  const id = await host.run("true");
  await host.exited(id);
  const place = join(layoutOf(host.paths, id).home, "upper/proc");
  await rm(place, { recursive: true });
  await symlink("/etc", place);
  await expect(host.runtime.start(id)).rejects.toMatchObject({ code: "BAD_IMAGE" });
  await host.runtime.remove(id);
});

test("starting what is not there is refused", async () => {
  const { id } = host.request();
  await expect(host.runtime.start(id)).rejects.toMatchObject({ code: "NO_SUCH_CONTAINER" });
  await expect(host.runtime.stop(id)).rejects.toMatchObject({ code: "NO_SUCH_CONTAINER" });
});
