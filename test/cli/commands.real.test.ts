import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../../src/sys/run.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";

const stack = `name: app
services:
  job: { image: ./image, command: [sh, -c, 'echo "$$HOME"'], deploy: { replicas: 2 } }
`;

describe("an image", () => {
  test("comes by pull, and is listed", async () => {
    await using instance = await anInstance();
    const reference = join(instance.folder, "image");
    const { exitCode, stdout, stderr } = await instance.run(["pull", "./image"]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^ {2}layer [0-9a-f]{12} of .*\/image 2\.\d MB\n$/);
    const digest = /@(sha256:[0-9a-f]{64})\n$/.exec(stdout)?.[1] ?? "";

    const again = await json(instance, ["pull", "./image", "--format", "json"]);
    expect(again).toEqual({ formatVersion: 1, images: [{ reference, digest }] });
    const listed = await json(instance, ["images", "--format", "json"]);
    expect(listed).toMatchObject({ formatVersion: 1, images: [{ reference, digest }] });
    const table = (await instance.run(["images"])).stdout.split("\n");
    expect(table[0]).toMatch(/^IMAGE +DIGEST +SIZE +PULLED +USED BY$/);
    expect(table[1]).toMatch(new RegExp(`^\\./image +${digest.slice(7, 19)} +2\\.\\d MB +\\S+ ago +-$`));
  });

  test("comes by load from a `docker save` archive, and runs by its name without a registry", async () => {
    await using instance = await anInstance();
    const archive = join(instance.folder, "app.tar");
    const layout = join(instance.folder, "image");
    await run("skopeo", ["copy", `oci:${layout}`, `docker-archive:${archive}:example/app:v1`]);
    const loaded = await json(instance, ["load", "app.tar", "--format", "json"]);
    expect(loaded).toMatchObject({ formatVersion: 1, images: [{ reference: "docker.io/example/app:v1" }] });

    await instance.write("compose.yaml", stack.replace("./image", "'example/app:v1'"));
    const { exitCode, stdout } = await instance.run(["reconcile"]);
    expect(stdout).not.toContain("pull");
    expect(exitCode).toBe(0);
  });
});

describe("validate and config", () => {
  test("say that a file is right, and how it is understood", async () => {
    await using instance = await anInstance();
    await instance.write("compose.yaml", stack);
    expect(await instance.run(["validate"])).toEqual({ exitCode: 0, stdout: "app: valid\n", stderr: "" });
    expect(await json(instance, ["validate", "--format", "json"])).toEqual({
      formatVersion: 1,
      stacks: ["app"],
      diagnostics: [],
    });

    const { stdout } = await instance.run(["config"]);
    await instance.write("again/compose.yaml", stdout);
    expect((await instance.run(["config", "-f", "again"])).stdout).toBe(stdout);
    expect(await json(instance, ["config", "--format", "json"])).toMatchObject({
      formatVersion: 1,
      stacks: [{ name: "app", services: [{ name: "job", replicas: 2 }] }],
    });
  });

  test("say what is wrong with it, also as a document", async () => {
    await using instance = await anInstance();
    await instance.write("bad/compose.yaml", "name: bad\nservices: { job: { image: x, restrat: always } }\n");
    const { exitCode, stderr } = await instance.run(["validate", "-f", "bad"]);
    expect(stderr).toMatch(
      /^bad\/compose\.yaml:2:30: error: unknown key restrat in services\.job\n.*`restart`/,
    );
    expect(exitCode).toBe(2);
    const { stdout } = await instance.run(["validate", "-f", "bad", "--format", "json"]);
    const place = { file: "bad/compose.yaml", line: 2, column: 30 };
    expect(JSON.parse(stdout)).toMatchObject({ stacks: [], diagnostics: [{ severity: "error", place }] });
  });
});

test("doctor says what there is and what is missing, with what to do, and then exits 1", async () => {
  await using instance = await anInstance();
  const { checks } = (await json(instance, ["doctor", "--format", "json"])) as {
    checks: { name: string; status: string }[];
  };
  for (const name of ["runc", "conmon", "cgroups", "overlayfs", "nftables", "CNI plugins", "capabilities"]) {
    expect(checks).toContainEqual(
      expect.objectContaining({ name, status: expect.stringMatching(/^(ok|warning)$/) as string }),
    );
  }
  const hidden = `mount --bind /dev/null "$(command -v runc)"; exec "$@"`;
  const { exitCode, stdout } = await instance.run(["doctor"], {
    under: ["unshare", "--mount", "sh", "-c", hidden, "sh"],
  });
  expect(stdout).toMatch(/^✗ runc .*\n +.*apt-get install runc/m);
  expect(exitCode).toBe(1);
});

test("version is that of the package", async () => {
  await using instance = await anInstance();
  const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
  const document = { formatVersion: 1, tallyman: version, node: process.versions.node };
  expect(await json(instance, ["version", "--format", "json"])).toEqual(document);
  expect(await instance.run(["version"])).toMatchObject({
    stdout: `tallyman ${version} (Node ${process.versions.node})\n`,
  });
});

async function json(instance: TestInstance, args: readonly string[]): Promise<unknown> {
  return JSON.parse((await instance.run(args)).stdout);
}
