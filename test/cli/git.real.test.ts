import { describe, expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { aRepository } from "../support/repository.ts";
import { until } from "../support/until.ts";
import { sigkill } from "../support/sigkill.ts";

describe("reconcile --git", () => {
  test("makes a push running containers, and the next push while it watches", async () => {
    await using instance = await anInstance();
    await using repository = await aRepository();
    const first = await repository.push({ "compose.yaml": sleeper(instance, { seconds: 1000 }) });
    await using program = instance.spawn([
      "reconcile",
      "--git",
      repository.url,
      "--watch",
      "--interval",
      "200ms",
    ]);
    await program.prints(`Stack app  commit ${first.slice(0, 10)}`);
    await program.prints("Watching the repository for changes.");
    expect(Object.keys(await instance.pids())).toEqual(["app-job-1"]);

    const second = await repository.push({
      "compose.yaml": sleeper(instance, { seconds: 2000, replicas: 2 }),
    });
    await program.prints(`Stack app  commit ${second.slice(0, 10)}`);
    await program.prints(/command: \["sleep","1000"\] → \["sleep","2000"\] {2}\S*compose\.yaml:4/);
    await until("both replicas are of the new commit", async () => {
      const containers = await instance.ps();
      return containers.length === 2 && containers.every(({ state }) => state === "running");
    });
    const commit = new RegExp(String.raw`asked by {2}\S*compose\.yaml:3, commit ${second.slice(0, 10)}`);
    await until("why names the commit and the change", async () => {
      const { stdout } = await instance.run(["why", "app-job-1"]);
      return commit.test(stdout) && stdout.includes('command: ["sleep","1000"] → ["sleep","2000"]');
    });
  });

  test("explains a push of broken YAML, goes on with the last good commit, and exits 2", async () => {
    await using instance = await anInstance();
    await using repository = await aRepository();
    const reconcile = ["reconcile", "--git", repository.url];
    const good = await repository.push({ "compose.yaml": sleeper(instance) });
    await instance.run(reconcile);
    const before = await instance.pids();

    await repository.push({ "compose.yaml": "name: app\nservices:\n  job: [\n" });
    const { exitCode, stderr } = await instance.run(reconcile);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/compose\.yaml:\d+:\d+: error: /);
    expect(stderr).toContain(`Commit ${good.slice(0, 10)}, the last good one, goes on.`);
    expect(await instance.pids()).toEqual(before);

    await repository.push({ "compose.yaml": sleeper(instance, { replicas: 2 }) });
    expect(await instance.run(reconcile)).toMatchObject({ exitCode: 0 });
    expect(await instance.pids()).toMatchObject(before);
  });

  test("changes nothing while the repository is away, says so, exits 1, and still heals", async () => {
    await using instance = await anInstance();
    await using repository = await aRepository();
    const reconcile = ["reconcile", "--git", repository.url];
    const good = await repository.push({ "compose.yaml": sleeper(instance, { replicas: 2 }) });
    await instance.run(reconcile);
    const before = await instance.pids();
    await repository.moveAway();

    const { exitCode, stderr } = await instance.run(reconcile);
    expect(stderr).toContain(`error: cannot fetch HEAD of ${repository.url}`);
    expect(stderr).toContain(`Commit ${good.slice(0, 10)}, the last good one, goes on.`);
    expect(await instance.pids()).toEqual(before);
    expect(exitCode).toBe(1);

    const first = (await instance.ps()).find(({ name }) => name === "app-job-1");
    sigkill(await instance.monitorPid(first?.id ?? ""));
    await until("it is noticed", async () => (await instance.run(["ps"])).stdout.includes("monitor lost"));
    const healed = await instance.run(reconcile);
    expect(healed.stderr).toMatch(/✓ start +app-job-1/);
    expect((await instance.pids())["app-job-1"]).not.toBe(before["app-job-1"]);
    expect(await instance.pids()).toEqual({ ...before, "app-job-1": expect.any(Number) as number });
    await repository.bringBack();
    expect(await instance.run(reconcile)).toMatchObject({ exitCode: 0 });
  });

  test("goes on healing while it watches a repository that is away", async () => {
    await using instance = await anInstance();
    await using repository = await aRepository();
    await repository.push({ "compose.yaml": sleeper(instance) });
    await using program = instance.spawn([
      "reconcile",
      "--git",
      repository.url,
      "--watch",
      "--interval",
      "200ms",
    ]);
    await program.prints("Watching the repository");
    await repository.moveAway();
    await program.prints("the last good one, goes on.");

    await instance.kill("app-job-1");
    await program.prints(/✓ start +app-job-1 .*exited with 137/);
    expect(await instance.ps()).toMatchObject([{ state: "running", restarts: 1 }]);
  });

  test("takes --ref and --path: only what is there, at that branch", async () => {
    await using instance = await anInstance();
    await using repository = await aRepository();
    await repository.push({
      "stacks/one/compose.yaml": sleeper(instance, { name: "one" }),
      "stacks/two/compose.yaml": sleeper(instance, { name: "two" }),
    });
    await repository.push(
      { "stacks/two/compose.yaml": sleeper(instance, { name: "two", replicas: 2 }) },
      "next",
    );

    const reconcile = ["reconcile", "--git", repository.url, "--ref", "next", "--path", "stacks/two"];
    expect(await instance.run(reconcile)).toMatchObject({ exitCode: 0 });
    expect(Object.keys(await instance.pids())).toEqual(["two-job-1", "two-job-2"]);

    const missing = await instance.run(["reconcile", "--git", repository.url, "--ref", "nowhere"]);
    expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("nowhere") as string });
    expect(Object.keys(await instance.pids())).toEqual(["two-job-1", "two-job-2"]);
  });
});

/** A stack with a service `job`. */
function sleeper({ folder }: TestInstance, { name = "app", seconds = 1000, replicas = 1 } = {}): string {
  return `name: ${name}
services:
  job:
    command: [sleep, "${seconds}"]
    image: ${folder}/image
    init: true
    deploy: { replicas: ${replicas} }
`;
}

describe("a bind of a folder of the repository", () => {
  test("is refused with its place: the checkout goes with the commit, and what was written there with it", async () => {
    await using instance = await anInstance();
    await using repository = await aRepository();
    const image = `${instance.folder}/image`;
    await repository.push({
      "compose.yaml": `name: app\nservices:\n  job:\n    image: ${image}\n    volumes: ["./data:/data"]\n`,
    });
    const { exitCode, stderr } = await instance.run(["reconcile", "--git", repository.url]);
    expect(stderr).toContain("compose.yaml:5:");
    expect(stderr).toContain(
      "services.job mounts a folder of the repository at /data, which is not supported yet",
    );
    expect(exitCode).toBe(2);
    expect(await instance.ps()).toEqual([]);
  });
});
