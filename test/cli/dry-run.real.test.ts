import { rename } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lock } from "../../src/sys/lock.ts";
import { folderContents } from "../support/folder-contents.ts";
import { freePort } from "../support/free-port.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { aRepository } from "../support/repository.ts";
import { ruleset, traces } from "../support/traces.ts";
import { webStack } from "../support/web-stack.ts";

describe("a dry run", () => {
  test("of a new instance prints every step, and makes not even its folders", async () => {
    await using instance = await anInstance();
    await instance.write("compose.yaml", webStack({ port: await freePort() }));
    const { exitCode, stdout } = await changingNothing(instance, ["reconcile", "--dry-run"]);

    expect(exitCode).toBe(0);
    const steps = stdout
      .split("\n")
      .flatMap((line) => /^ +[\d-]+ {2}(\S+) +(\S+)/.exec(line)?.slice(1, 3).join(" ") ?? []);
    expect(steps).toEqual([
      "pull ./image",
      "create-network shop_default",
      "create shop-web-1",
      "start shop-web-1",
      "join shop-web-1",
    ]);
    expect(stdout).toMatch(/^Plan [0-9a-f]{12}: 2 to create, 0 to replace, 0 to remove\. Downtime: none\.$/m);
    expect(await traces(instance)).toEqual([]);
    expect(folderContents(instance.dataDir)).toEqual([]);
  });

  test("of a running instance foretells what the next run does, beside the holder of the lock", async () => {
    await using instance = await anInstance();
    const port = await freePort();
    await instance.write("compose.yaml", webStack({ port }));
    await instance.run(["reconcile"]);
    await instance.write("compose.yaml", webStack({ port, replicas: 3, greeting: "Servus" }));

    await using holder = await lock(join(instance.dataDir, "lock"));
    const dry = await changingNothing(instance, ["reconcile", "--dry-run"]);
    expect(dry).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 1 });
    await holder[Symbol.asyncDispose]();

    const { stdout } = await instance.run(["reconcile"]);
    expect(stdout.startsWith(dry.stdout.trimEnd())).toBe(true);
    expect(dry.stdout).toContain("environment.GREETING: Hello → Servus  compose.yaml:10");
  });

  test("from a Git repository keeps no copy of it", async () => {
    await using instance = await anInstance();
    await using repository = await aRepository();
    const commit = await repository.push({
      "compose.yaml": webStack({ port: await freePort(), image: join(instance.folder, "image") }),
    });
    const args = ["reconcile", "--git", repository.url, "--dry-run", "--detailed-exitcode"];
    const { exitCode, stdout } = await changingNothing(instance, args);

    expect(exitCode).toBe(2);
    expect(stdout).toContain(`Stack shop  commit ${commit.slice(0, 10)}`);
  });

  test("tells by --detailed-exitcode whether there is something to do: 0 nothing, 2 changes, 1 an error", async () => {
    await using instance = await anInstance();
    const port = await freePort();
    const detailed = (): Promise<number | null> =>
      changingNothing(instance, ["reconcile", "--dry-run", "--detailed-exitcode"]).then(
        ({ exitCode }) => exitCode,
      );

    await instance.write("compose.yaml", webStack({ port, replicas: 1 }));
    expect(await detailed()).toBe(2);
    await instance.run(["reconcile"]);
    expect(await detailed()).toBe(0);
    await instance.write("compose.yaml", webStack({ port, replicas: 2 }));
    expect(await detailed()).toBe(2);
    await instance.write("compose.yaml", webStack({ port, more: "  x: [" }));
    expect(await detailed()).toBe(1);
    await instance.write("compose.yaml", webStack({ port, image: "./nothing" }));
    expect(await detailed()).toBe(1);
    await rename(join(instance.folder, "compose.yaml"), join(instance.folder, "away"));
    expect(await detailed()).toBe(1);
  });

  test("is one versioned document with --format json", async () => {
    await using instance = await anInstance();
    await instance.write("compose.yaml", webStack({ port: await freePort(), replicas: 1 }));
    const { stdout } = await changingNothing(instance, ["reconcile", "--dry-run", "--format", "json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      formatVersion: 1,
      stacks: [{ name: "shop" }],
      operations: [
        { number: 1, kind: "pull", after: [], cause: { kind: "image-needed" } },
        { number: 2, kind: "create-network", after: [], network: "shop_default" },
        { number: 3, kind: "create", after: [1, 2], container: { name: "shop-web-1" } },
        { number: 4, kind: "start", after: [3] },
        { number: 5, kind: "join", after: [4] },
      ],
      summary: { create: 1, replace: 0, remove: 0 },
    });
  });
});

/** Runs it and compares its folders, with contents and times, and the host before and after. */
async function changingNothing(
  instance: TestInstance,
  args: readonly string[],
): ReturnType<TestInstance["run"]> {
  const look = async (): Promise<readonly string[]> => [
    ...folderContents(instance.dataDir),
    ...folderContents(instance.runDir),
    ...(await traces(instance)),
    await ruleset(instance),
  ];
  const before = await look();
  const ended = await instance.run(args);
  expect(await look()).toEqual(before);
  return ended;
}
