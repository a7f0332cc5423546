import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "../../src/sys/run.ts";
import { freePort } from "../support/free-port.ts";
import { Screen } from "../support/screen.ts";
import { anInstance, anInstanceRunning, type TestInstance } from "../support/instance.ts";

/** Two replicas count; it is only looked at. */
let instance: TestInstance;
/** Where they are published: the first on one address, the second on all. */
let ports: readonly [number, number];
beforeAll(async () => {
  const port = await freePort();
  ports = [port, port + 1];
  const count = "for i in 1 2 3; do echo line $$i; done; echo oops >&2; exec sleep infinity";
  instance = await anInstanceRunning(`name: app
services:
  job:
    image: ./image
    command: [sh, -c, "${count}"]
    stop_signal: SIGKILL
    ports: ["127.0.0.1:${port}:80", "${port + 1}:81"]
    deploy: { replicas: 2 }
`);
});
afterAll(() => instance[Symbol.asyncDispose]());

describe("ps", () => {
  test("is a table with a row for each container", async () => {
    const [head, ...rows] = (await table(["ps"])).map((line) => line.split(/ {2,}/));
    expect(head).toEqual(["NAME", "STATE", "IMAGE", "ADDRESS", "PORTS", "RESTARTS", "ID"]);
    expect(rows.map(([name]) => name)).toEqual(["app-job-1", "app-job-2"]);
    expect(rows[0]?.[1]).toMatch(/^running for \d/);
    expect(rows[0]?.slice(2)).toEqual([
      "./image",
      (await instance.ps())[0]?.addresses[0],
      `127.0.0.1:${ports[0]}->80/tcp, ${ports[1]}->81/tcp`,
      "0",
      (await instance.ps())[0]?.id,
    ]);
  });

  test("as a document has the published ports of each, as inspect does", async () => {
    const published = [
      { hostAddress: "127.0.0.1", hostPort: ports[0], protocol: "tcp", port: 80 },
      { hostAddress: "0.0.0.0", hostPort: ports[1], protocol: "tcp", port: 81 },
    ];
    expect(await instance.ps()).toMatchObject([{ ports: published }, { ports: published }]);
    const inspected = await json(["inspect", "app-job-2"]);
    expect(inspected).toMatchObject({ containers: [{ network: { ports: published } }] });
  });

  test("of names lists their containers only", async () => {
    expect(await table(["ps", "app"])).toHaveLength(3);
    expect(await table(["ps", "app/job"])).toHaveLength(3);
    expect(await table(["ps", "app-job-2", "app-job-2"])).toHaveLength(2);
    const { stdout } = await instance.run(["ps", "-aq", "app-job-2"]);
    expect(stdout).toBe(`${(await instance.ps())[1]?.id ?? ""}\n`);
    expect(await json(["ps", "other", "--format", "json"])).toEqual({
      formatVersion: 1,
      containers: [],
      holds: [],
      schedules: [],
    });
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

  test("-t shows the time of each line, --since and --until leave out what is older or younger", async () => {
    const [line = ""] = lines((await instance.run(["logs", "app-job-1", "-t", "-n", "1"])).stdout);
    expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (line 3|oops)$/);
    const time = line.slice(0, "2026-01-31T09:00:00.000Z".length);
    expect(lines((await instance.run(["logs", "app/job", "--since", "1h"])).stdout)).toHaveLength(8);
    expect(lines((await instance.run(["logs", "app-job-1", "--since", time])).stdout).length).toBeGreaterThan(
      0,
    );
    expect((await instance.run(["logs", "app/job", "--until", "1h"])).stdout).toBe("");
    expect((await instance.run(["logs", "app/job", "--since", "2100-01-01"])).stdout).toBe("");
    expect(await instance.run(["logs", "--since", "yesterday"])).toMatchObject({ exitCode: 2 });
  });

  test("are in colours that tell replicas apart, unless they are not wanted", async () => {
    const env = { FORCE_COLOR: "1" };
    const { stdout } = await instance.run(["logs", "app/job"], { env });
    expect(new Set(lines(stdout).map((line) => line.slice(0, line.indexOf("app"))))).toEqual(
      new Set(["\u001b[36m", "\u001b[33m"]),
    );
    expect((await instance.run(["logs", "app/job", "--no-color"], { env })).stdout).not.toContain("\u001b");
  });

  test("command no terminal, and elsewhere are the bytes that were written", async () => {
    await using other = await anInstance();
    const job = `{ image: ./image, network_mode: none, command: [printf, 'before\\033[2J\\033[31mred\\n'] }`;
    await other.write("compose.yaml", `name: loud\nservices:\n  job: ${job}\n`);
    expect(await other.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
    expect((await other.run(["logs", "loud"])).stdout).toBe("before\u001b[2J\u001b[31mred\n");
    await using screen = await Screen.open(other, ["logs", "loud"]);
    expect(await screen.exitCode()).toBe(0);
    expect(await screen.text()).toMatch(/^before\?\[2Jred$/m);
  });

  test("--previous of what was never restarted says so", async () => {
    const { exitCode, stderr } = await instance.run(["logs", "app-job-2", "-p"]);
    expect([exitCode, stderr]).toEqual([1, "app-job-2: not restarted yet.\n"]);
  });

  test("-f goes on over restarts, and shows replicas that come", async () => {
    await using other = await anInstance();
    const stack = (replicas: number, command: string): Promise<string> =>
      other.write(
        "compose.yaml",
        `name: two
services:
  job:
    image: ./image
    command: [sh, -c, "${command}"]
    stop_signal: SIGKILL
    deploy: { replicas: ${replicas} }
`,
      );
    const command = "echo begun on $$(hostname); while [ ! -e /go ]; do sleep 0.1; done; rm /go; exit 3";
    await stack(1, command);
    await using watcher = other.spawn(["reconcile", "--watch"]);
    await watcher.prints("Watching");
    await using follower = other.spawn(["logs", "two", "-f"]);
    const [{ id } = { id: "" }] = await other.ps();
    await follower.prints(`begun on ${id}\n`);
    const { "two-job-1": pid = 0 } = await other.pids();
    await run("touch", [`/proc/${pid}/root/go`]);
    await follower.prints(`begun on ${id}\nbegun on ${id}\n`);
    const previous = await other.run(["logs", "two", "--previous"]);
    expect(previous.stdout).toBe(`begun on ${id}\n`);
    await stack(2, command);
    await follower.prints("two-job-2 | begun on");
  });

  test("of a name that nothing has: what there is", async () => {
    const { exitCode, stderr } = await instance.run(["logs", "nope"]);
    expect(stderr).toContain(
      "error: there is no stack, service or container nope\n    The stacks here: app.",
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
