import { existsSync } from "node:fs";
import { lstat, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/sys/run.ts";
import { buildImage, busyboxFiles } from "../support/build-image.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";

async function anotherImage(instance: TestInstance): Promise<void> {
  await buildImage({ dir: join(instance.folder, "other"), layers: [[{ path: "f", content: "other" }]] });
}

test("images are pulled, tagged, listed, removed and pruned beside an agent, and those of its containers stay", async () => {
  await using instance = await anInstance();
  await anotherImage(instance);
  await instance.write(
    "compose.yaml",
    "name: app\nservices: { web: { image: ./image, command: sleep 600 } }\n",
  );
  const agent = instance.spawn(["reconcile", "--watch"]);
  await agent.prints("app-web-1");

  expect(await instance.run(["pull", "./other"])).toMatchObject({ exitCode: 0 });
  expect(await instance.run(["tag", "./other", "other:v1"])).toMatchObject({ exitCode: 0, stdout: "" });
  const { stdout: table } = await instance.run(["images"]);
  expect(table).toMatch(/^\.\/image .* app-web-1, stack app \(lease\)$/m);
  expect(table).toMatch(/^docker\.io\/library\/other:v1 .* -$/m);
  const { images } = JSON.parse((await instance.run(["images", "--format", "json"])).stdout) as {
    images: readonly { reference: string; usedBy: readonly object[] }[];
  };
  expect(images.find(({ reference }) => reference.endsWith("/image"))?.usedBy).toContainEqual({
    kind: "container",
    name: "app-web-1",
  });

  const refused = await instance.run(["rmi", "./image", "other:v1"]);
  expect(refused.stderr).toMatch(/image \S+\/image is used by container app-web-1/);
  expect(refused.stderr).toContain("tallyman down");
  expect(refused.stdout).toMatch(/^docker\.io\/library\/other:v1@sha256:[0-9a-f]{64}\n$/);
  expect(refused.exitCode).toBe(1);

  const wouldGo = await instance.run(["image", "prune", "--all", "--dry-run"]);
  expect(wouldGo.stdout).toMatch(/^\.\/other@sha256:[0-9a-f]{64}\n$/);
  expect(wouldGo.stderr).toMatch(/^Would free \S+ kB: 3 blobs, 1 layer\.\n$/);
  const young = await instance.run(["image", "prune", "-a", "--filter", "until=24h", "--format", "json"]);
  expect(JSON.parse(young.stdout)).toMatchObject({ formatVersion: 1, removed: [], blobs: 0, freedBytes: 0 });
  const pruned = await instance.run(["image", "prune", "-a", "-f"]);
  expect(pruned).toMatchObject({ exitCode: 0, stdout: wouldGo.stdout });
  expect((await instance.run(["images"])).stdout.split("\n")).toHaveLength(3);
  expect(agent.hasEnded).toBe(false);
});

test("the image of the revision before stays for the way back, and fsck says and mends what is wrong", async () => {
  await using instance = await anInstance();
  const newer = join(instance.folder, "newer");
  await buildImage({ dir: newer, layers: [await busyboxFiles(), [{ path: "new", content: "new" }]] });
  const stack = (image: string): string =>
    `name: app\nservices: { job: { image: ${image}, command: "true", restart: "no" } }\n`;
  for (const image of ["./image", "./newer"]) {
    await instance.write("compose.yaml", stack(image));
    expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  }
  const refused = await instance.run(["rmi", "./image"]);
  expect(refused.stderr).toContain("is used by stack app");
  expect(refused.exitCode).toBe(1);

  expect(await instance.run(["fsck"])).toMatchObject({ exitCode: 0, stdout: "" });
  await writeFile(join(instance.dataDir, "ingest", `${"a".repeat(64)}.0a1b2c3d.partial`), "half");
  const found = await instance.run(["fsck"]);
  expect(found.stdout).toMatch(/^✗ ingest\/\S+ is left over\n.*--repair/);
  expect(found.exitCode).toBe(1);
  const mended = JSON.parse((await instance.run(["fsck", "--repair", "--format", "json"])).stdout) as object;
  expect(mended).toMatchObject({ formatVersion: 1, findings: [{ kind: "stray", mended: true }] });
  expect(await instance.run(["fsck", "--deep"])).toMatchObject({ exitCode: 0, stdout: "" });

  expect(await instance.run(["down", "app"])).toMatchObject({ exitCode: 0 });
  expect(await readdir(join(instance.dataDir, "leases"))).toEqual([]);
  expect(await instance.run(["rmi", "./image"])).toMatchObject({ exitCode: 0 });
});

test("a lease of a stack that nobody knows any more goes with the next run, whatever that one is for", async () => {
  await using instance = await anInstance();
  await instance.write("compose.yaml", 'name: app\nservices: { job: { image: ./image, command: "true" } }\n');
  await instance.run(["reconcile"]);
  const leases = join(instance.dataDir, "leases");
  expect(await readdir(leases)).toHaveLength(1);
  const [container] = await instance.ps();
  await rm(join(instance.dataDir, "containers", container?.id ?? ""), { recursive: true });
  for (const file of ["", "-wal", "-shm"]) {
    await rm(join(instance.dataDir, `state.db${file}`), { force: true });
  }
  expect(await instance.run(["down", "--all"])).toMatchObject({ exitCode: 0 });
  expect(await readdir(leases)).toEqual([]);
});

test("save follows no link that waits for it in a folder of all", async () => {
  await using instance = await anInstance();
  await instance.run(["pull", "./image"]);
  await instance.write("victim", "whole");
  const waiting = ["sh", "-c", 'ln -s victim saved.tar.$$.partial; exec "$0" "$@"'];
  await instance.run(["save", "-o", "saved.tar", "./image"], { under: waiting });
  expect(await readFile(join(instance.folder, "victim"), "utf8")).toBe("whole");
  expect((await lstat(join(instance.folder, "saved.tar"))).isFile()).toBe(true);
});

test("save writes an archive to a file that appears when it is whole, to stdout, or a folder", async () => {
  await using instance = await anInstance();
  await instance.run(["load", "image"]);
  expect(await instance.run(["save", "-o", "saved.tar", "./image"])).toMatchObject({
    exitCode: 0,
    stdout: "",
  });
  await instance.run(["save", "-o", "folder", "--format", "oci-dir", "./image"]);
  const listed = await run("tar", ["-tf", join(instance.folder, "saved.tar")]);
  const files = listed.stdout.split("\n").filter((name) => name !== "" && !name.endsWith("/"));
  for (const file of files) expect(existsSync(join(instance.folder, "folder", file)), file).toBe(true);
  const toStdout = ["sh", "-c", 'exec "$@" > stdout.tar', "sh"];
  expect(await instance.run(["save", "./image"], { under: toStdout })).toMatchObject({ exitCode: 0 });
  const [file, stdout] = await Promise.all(
    ["saved.tar", "stdout.tar"].map((name) => readFile(join(instance.folder, name))),
  );
  expect(file?.equals(stdout ?? Buffer.alloc(0))).toBe(true);
  const again = await instance.run(["save", "-o", "folder", "--format", "oci-dir", "./image"]);
  expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("not empty") as string });
});
