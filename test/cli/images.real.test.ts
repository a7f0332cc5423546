import { join } from "node:path";
import { expect, test } from "vitest";
import { buildImage } from "../support/build-image.ts";
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
  expect(table).toMatch(/^\.\/image .* app-web-1$/m);
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
  expect(wouldGo.stderr).toMatch(/^Would free \S+ kB: 3 blobs, 1 layers\.\n$/);
  const young = await instance.run(["image", "prune", "-a", "--filter", "until=24h", "--format", "json"]);
  expect(JSON.parse(young.stdout)).toMatchObject({ formatVersion: 1, removed: [], blobs: 0, freedBytes: 0 });
  const pruned = await instance.run(["image", "prune", "-a", "-f"]);
  expect(pruned).toMatchObject({ exitCode: 0, stdout: wouldGo.stdout });
  expect((await instance.run(["images"])).stdout.split("\n")).toHaveLength(3);
  expect(agent.hasEnded).toBe(false);
});
