import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../src/sys/run.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";

/** Two replicas count; it is only looked at. */
let instance: TestInstance;
beforeAll(async () => {
  instance = await anInstance();
  const count = "for i in 1 2 3; do echo line $$i; done; echo oops >&2; exec sleep infinity";
  await instance.write(
    "compose.yaml",
    `name: app
services:
  job:
    image: ./image
    command: [sh, -c, "${count}"]
    stop_signal: SIGKILL
    deploy: { replicas: 2 }
`,
  );
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
});
afterAll(() => instance[Symbol.asyncDispose]());

describe("ps", () => {
  test("is a table with a row for each container", async () => {
    const [head, ...rows] = (await table(["ps"])).map((line) => line.split(/ {2,}/));
    expect(head).toEqual(["NAME", "STATE", "IMAGE", "ADDRESS", "RESTARTS", "ID"]);
    expect(rows.map(([name]) => name)).toEqual(["app-job-1", "app-job-2"]);
    expect(rows[0]?.[1]).toMatch(/^running for \d/);
    expect(rows[0]?.slice(2)).toEqual([
      "./image",
      (await instance.ps())[0]?.addresses[0],
      "0",
      (await instance.ps())[0]?.id,
    ]);
  });

  test("of a stack lists its containers only", async () => {
    expect(await table(["ps", "app"])).toHaveLength(3);
    expect(await json(["ps", "other", "--format", "json"])).toEqual({ formatVersion: 1, containers: [] });
  });

  test("where nothing is installed finds nothing and makes nothing", async () => {
    await using other = await anInstance();
    expect(await other.run(["ps"])).toEqual({ exitCode: 0, stdout: "", stderr: "Nothing runs here.\n" });
    expect(await other.run(["images"])).toMatchObject({ exitCode: 0, stderr: "" });
  });
});

describe("logs", () => {
  test("of one container are its lines as they are, of several with its name in front", async () => {
    const alone = await instance.run(["logs", "app-job-1"]);
    expect(lines(alone.stdout).sort()).toEqual(["line 1", "line 2", "line 3", "oops"]);
    const both = lines((await instance.run(["logs", "app/job"])).stdout);
    expect(both).toHaveLength(8);
    expect(both).toContain("app-job-2 | line 3");
  });

  test("-n gives the last lines of each, --format json a document a line", async () => {
    const last = lines((await instance.run(["logs", "app/job", "-n", "1"])).stdout);
    expect(last.map((line) => line.slice(0, "app-job-1".length)).sort()).toEqual(["app-job-1", "app-job-2"]);
    const { stdout } = await instance.run(["logs", "app-job-1", "--format", "json"]);
    const entries = lines(stdout).map((line) => JSON.parse(line) as object);
    const [{ id } = { id: "" }] = await instance.ps();
    const time = expect.stringMatching(/^\d{4}-.*Z$/) as string;
    const entry = { time, container: id, name: "app-job-1" };
    expect(entries).toContainEqual({ ...entry, stream: "stdout", text: "line 1" });
    expect(entries).toContainEqual({ ...entry, stream: "stderr", text: "oops" });
  });

  test("-f goes on with what is written, until it is interrupted or the containers end", async () => {
    await using other = await anInstance();
    const command = `[sh, -c, "echo first; while [ ! -e /go ]; do sleep 0.1; done; echo second"]`;
    await other.write(
      "compose.yaml",
      `name: one\nservices: { job: { image: ./image, command: ${command} } }\n`,
    );
    await other.run(["reconcile"]);
    await using follower = other.spawn(["logs", "one", "-f", "-n", "0"]);
    await using interrupted = other.spawn(["logs", "one", "--follow"]);
    await interrupted.prints("first\n");
    interrupted.signal("SIGINT");
    expect(await interrupted.ended).toMatchObject({ stdout: "first\n", stderr: "" });

    const { "one-job-1": pid = 0 } = await other.pids();
    await run("touch", [`/proc/${pid}/root/go`]);
    await follower.prints("second\n");
    expect(await follower.ended).toEqual({ exitCode: 0, stdout: "second\n", stderr: "" });
  });

  test("of a name that nothing has: what there is", async () => {
    const { exitCode, stderr } = await instance.run(["logs", "nope"]);
    expect(stderr).toContain(
      "error: there is no stack, service or container nope\n    There are the stacks app;",
    );
    expect(exitCode).toBe(1);
  });
});

async function json(args: readonly string[]): Promise<unknown> {
  return JSON.parse((await instance.run(args)).stdout);
}

async function table(args: readonly string[]): Promise<readonly string[]> {
  return lines((await instance.run(args)).stdout);
}

function lines(text: string): string[] {
  return text.split("\n").slice(0, -1);
}
