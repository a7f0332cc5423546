import { describe, expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";
import { sigkill } from "../support/sigkill.ts";

describe("--wait", () => {
  test("returns when every container is up, and the jobs that others depend on are done", async () => {
    await using instance = await anInstance();
    await instance.write(
      "compose.yaml",
      `name: jobs
services:
  migrate: { image: ./image, command: [sh, -c, "sleep 1; echo migrated"] }
  app:
    image: ./image
    init: true
    command: [sleep, infinity]
    depends_on:
      migrate: { condition: service_completed_successfully }
`,
    );
    expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
    expect(await states(instance)).toEqual(["jobs-app-1 running", "jobs-migrate-1 exited"]);
  });

  test("fails where a container ends with an error and is not to be restarted", async () => {
    await using instance = await anInstance();
    await instance.write("compose.yaml", aService(`[sh, -c, "sleep 0.3; exit 7"]`, `restart: "no"`));
    const { exitCode, stderr } = await instance.run(["reconcile", "--wait"]);
    expect(stderr).toContain("one-job-1 exited with 7");
    expect(exitCode).toBe(1);
  });

  test("gives up after --wait-timeout, names what does not stay up, and says that the next run goes on", async () => {
    await using instance = await anInstance();
    await instance.write("compose.yaml", aService(`["false"]`, "restart: always"));
    expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await instance.run(["reconcile", "--wait", "--wait-timeout", "3s"]);
    expect(stderr).toMatch(/^failed: one-job-1 does not stay up: \d+ restarts? in a row$/m);
    expect(stderr).toContain("The time is up before everything was done; the next run goes on from here.");
    expect(exitCode).toBe(3);
  });
});

describe("a container that ends", () => {
  test("with exit code 0 is complete, and is not run again", async () => {
    await using instance = await anInstance();
    await instance.write("compose.yaml", aService(`[echo, done]`));
    expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
    const again = await instance.run(["reconcile", "--wait"]);
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Nothing to do") as string });
    expect(await instance.ps()).toMatchObject([{ state: "exited", exitCode: 0, restarts: 0, pid: null }]);
    expect((await instance.run(["logs", "one"])).stdout).toBe("done\n");
  });

  test("by a SIGKILL is running again at once while somebody watches", async () => {
    await using instance = await anInstance();
    await instance.write("compose.yaml", aService("[sleep, infinity]"));
    await using program = instance.spawn(["reconcile", "--watch"]);
    await program.prints("Watching");
    const { "one-job-1": before = 0 } = await instance.pids();

    sigkill(before);
    await program.prints(/start +one-job-1 .*exited with 137/);
    expect(await instance.ps()).toMatchObject([{ name: "one-job-1", state: "running", restarts: 1 }]);
    expect((await instance.pids())["one-job-1"]).not.toBe(before);
  });

  test("again and again is started ever more rarely", async () => {
    await using instance = await anInstance();
    await instance.write("compose.yaml", aService(`[sh, -c, "echo up; exit 1"]`, "restart: always"));
    await using program = instance.spawn(["reconcile", "--watch"]);
    await program.prints("Watching");

    const starts = await until("it has been started five times", async () => {
      const { stdout } = await instance.run(["logs", "one", "--format", "json"]);
      const lines = stdout.trim().split("\n");
      return (
        lines.length >= 5 && lines.map((line) => Date.parse((JSON.parse(line) as { time: string }).time))
      );
    });
    const pauses = starts.slice(1).map((time, index) => time - (starts[index] ?? 0));
    for (const [index, atLeastMs] of [0, 100, 200, 400].entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(atLeastMs);
    }
  });
});

/** Stack `one` with a service `job`. */
function aService(command: string, more = ""): string {
  return `name: one
services:
  job:
    image: ./image
    init: true
    command: ${command}
    ${more}
`;
}

async function states(instance: TestInstance): Promise<readonly string[]> {
  return (await instance.ps()).map(({ name, state }) => `${name} ${state}`);
}
