import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestRuntime, type TestRuntime } from "../../../support/test-runtime.ts";

let folder: string;
let host: TestRuntime;

const node = (path: string): object => ({ path, hostPath: "/dev/kmsg", permissions: "w" });
const card = (name: string): object => ({
  name,
  containerEdits: { env: [`CARD=${name}`], deviceNodes: [node(`/dev/accel/${name}`)] },
});
const twice = { cdiVersion: "0.5.0", kind: "example.com/twice", devices: [card("x")] };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cdi-"));
  const [vendor, later] = [join(folder, "vendor"), join(folder, "later")];
  const files = {
    "vendor/accel.json": JSON.stringify({
      ...{ cdiVersion: "0.6.0", kind: "example.com/accel" },
      devices: [card("a"), card("b")],
    }),
    "vendor/broken.json": "{",
    "vendor/x1.json": JSON.stringify(twice),
    "vendor/x2.json": JSON.stringify(twice),
    "vendor/notes.txt": "no specification",
    "later/accel.yaml": `
cdiVersion: 0.7.0
kind: example.com/accel
devices:
  - name: b
    containerEdits: { env: [CARD=later] }
containerEdits:
  env: [DRIVER=1]
  additionalGids: [44]
  mounts: [{ hostPath: ${folder}/libaccel.so, containerPath: /lib/libaccel.so, options: [ro, nosuid] }]
  hooks: [{ hookName: createRuntime, path: /usr/bin/touch, args: [touch, ${folder}/hooked] }]
`,
    "libaccel.so": "a library",
  };
  await mkdir(vendor);
  await mkdir(later);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  host = await openTestRuntime({ settings: { cdiFolders: [vendor, later, join(folder, "none")] } });
});

afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const devices = (...names: readonly string[]) => ({
  devices: names.map((name) => ({ kind: "cdi", name }) as const),
});

test("a CDI device brings its nodes, and they may be used as it says", async () => {
  const line = `stat -c %t:%T /dev/accel/a; : > /dev/accel/a && echo written
    head -c 0 /dev/accel/a 2>&1 | grep -c 'not permitted'; echo $CARD $DRIVER; id -G`;
  expect(await host.shell(line, { ...devices("example.com/accel=a"), environment: { CARD: "mine" } })).toBe(
    "1:b\nwritten\n1\na\n0",
  );
});

test("the later folder wins; mounts, variables, groups and hooks of a whole specification come once", async () => {
  const line = "echo $CARD $DRIVER; id -G; cat /lib/libaccel.so; ls /dev/accel 2>/dev/null";
  expect(await host.shell(line, devices("example.com/accel=b"))).toBe("later 1\n0 44\na library");
  expect(existsSync(join(folder, "hooked"))).toBe(true);
});

test.each([
  [
    "example.com/accel=c",
    /^this host has no CDI device example.com\/accel=c; looked for in .*vendor, .*later, .*none: it has example.com\/accel=a, example.com\/accel=b, example.com\/twice=x; .*broken.json: /,
  ],
  ["nvidia.com/gpu=all", /no CDI device nvidia.com\/gpu=all/],
  ["example.com/twice=x", /^the CDI device example.com\/twice=x is specified more than once$/],
])("%s is an error that says where it was looked for", async (name, message) => {
  await expect(host.shell("true", devices(name))).rejects.toThrow(message);
});
