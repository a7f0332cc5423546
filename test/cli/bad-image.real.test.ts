import { randomBytes } from "node:crypto";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../src/sys/run.ts";
import { buildImage, busyboxFiles, type ImageFile } from "../support/build-image.ts";
import { freePort } from "../support/free-port.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { keepingWhatRuns } from "../support/keeping-what-runs.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";

/** A stack runs in it; each test gives it another image, and nothing of it may change. */
let instance: TestInstance;
let registry: TestRegistry;
beforeAll(async () => {
  instance = await anInstance();
  registry = await startRegistry(instance.folder);
  await instance.write("compose.yaml", stackWith("./image"));
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await instance[Symbol.asyncDispose]();
});

describe("an image", () => {
  test("whose path does not exist", async () => {
    const { stderr } = await refused("./nothing");
    expect(stderr).toContain(`${instance.folder}/nothing does not exist`);
    expect(stderr).toContain("check its path");
  });

  test("that is not in the registry", async () => {
    const reference = `${registry.host}/nobody/knows:v1`;
    const { stderr } = await refused(reference);
    expect(stderr).toContain(`${reference} is not in registry ${registry.host}`);
  });

  test("whose registry is down", async () => {
    const reference = `127.0.0.1:${await freePort()}/busybox:v1`;
    const { stderr } = await refused(reference);
    expect(stderr).toMatch(
      new RegExp(`image ${reference}: registry .* cannot be reached: nothing listens there`),
    );
  });

  test("with a blob that was changed in the registry", async () => {
    const { reference, blob } = await push();
    const content = await readFile(blob);
    await writeFile(blob, content.fill(0, 500, 600));
    const { stderr } = await refused(reference);
    expect(stderr).toMatch(new RegExp(`${reference}: .*sha256:`));
  });

  test("with a blob that was cut short", async () => {
    const { reference, blob } = await push();
    await truncate(blob, 1000);
    const { stderr } = await refused(reference);
    expect(stderr).toMatch(new RegExp(`${reference}: .*1000`));
  });

  test("of a digest that the registry does not have", async () => {
    const { reference } = await push();
    const wrong = `${reference}@sha256:${"0".repeat(64)}`;
    const { stderr } = await refused(wrong);
    expect(stderr).toContain(`${wrong} is not in registry ${registry.host}`);
  });

  test("with a layer that tries to leave its root", async () => {
    const dir = await layoutOf([{ path: "../../evil", content: "x" }]);
    const { stderr } = await refused(dir);
    expect(stderr).toContain('"../../evil"');
  });

  test("without the command", async () => {
    await instance.write(
      "compose.yaml",
      stackWith("./image").replace("[sleep, infinity]", "[slep, infinity]"),
    );
    const { exitCode, stderr } = await keepingWhatRuns(instance, ["reconcile"]);
    expect(stderr).toContain('has no command "slep"');
    expect(stderr).toContain("Correct `command` or `entrypoint`");
    expect(exitCode).toBe(1);
  });

  test("without the command that `init` is to run", async () => {
    const stack = stackWith("./image").replace("[sleep, infinity]", "[slep, infinity]");
    await instance.write("compose.yaml", `${stack}    init: true\n`);
    const { exitCode, stderr } = await keepingWhatRuns(instance, ["reconcile"]);
    expect(stderr).toContain('has no command "slep"');
    expect(exitCode).toBe(1);
  });
});

/** Runs the stack with this image, which fails, says so, and changes nothing. */
async function refused(image: string): ReturnType<TestInstance["run"]> {
  await instance.write("compose.yaml", stackWith(image));
  const ended = await keepingWhatRuns(instance, ["reconcile"]);
  expect(ended.stderr).toMatch(/✗ pull .*\n {4}\S/); // with what to do on the next line
  expect(ended.stderr).toContain("failed: stack app is held: ");
  expect(ended.exitCode).toBe(1);
  return ended;
}

function stackWith(image: string): string {
  return `name: app
services:
  job:
    image: ${image}
    command: [sleep, infinity]
    stop_signal: SIGKILL
`;
}

/** An image of busybox with one more layer. */
async function layoutOf(files: readonly ImageFile[]): Promise<string> {
  const dir = join(instance.folder, `layout-${randomBytes(4).toString("hex")}`);
  await buildImage({ dir, layers: [await busyboxFiles(), files], name: "v1", compression: "none" });
  return dir;
}

interface Pushed {
  readonly reference: string;
  /** The file in the registry that holds the upper layer. */
  readonly blob: string;
}

async function push(): Promise<Pushed> {
  const layout = await layoutOf([{ path: "data", content: randomBytes(50_000) }]);
  const reference = `${registry.host}/r${randomBytes(4).toString("hex")}:v1`;
  await run("skopeo", ["copy", "--dest-tls-verify=false", `oci:${layout}:v1`, `docker://${reference}`]);
  const { stdout } = await run("skopeo", ["inspect", "--tls-verify=false", `docker://${reference}`]);
  const { Layers } = JSON.parse(stdout) as { Layers: readonly string[] };
  const hex = Layers.at(-1)?.slice("sha256:".length) ?? "";
  return {
    reference,
    blob: join(registry.storage, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data"),
  };
}
