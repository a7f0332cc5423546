import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anInstance, anInstanceRunning, type TestInstance } from "../support/instance.ts";
import { Screen } from "../support/screen.ts";
import { traces } from "../support/traces.ts";

let instance: TestInstance;
beforeAll(async () => {
  instance = await anInstanceRunning(`name: app
services:
  web:
    image: ./image
    command: [sleep, infinity]
    environment: { COLOUR: green }
    volumes: ["data:/data"]
    stop_signal: SIGKILL
volumes: { data: }
`);
});
afterAll(() => instance[Symbol.asyncDispose]());

const oneOffs = async (): Promise<readonly string[]> =>
  (await instance.ps()).filter(({ stack }) => stack === null).map(({ id }) => id);

test("run is a container of its own, made as the service's, with both outputs and its exit code; it leaves nothing", async () => {
  const before = await traces(instance);
  const line = "echo $COLOUR $MORE; touch /data/seen /own; echo err >&2; exit 3";
  expect(await instance.run(["run", "--rm", "-e", "MORE=more", "app/web", "sh", "-c", line])).toEqual({
    exitCode: 3,
    stdout: "green more\n",
    stderr: "err\n",
  });
  expect(await traces(instance)).toEqual(before);
  expect(await instance.run(["exec", "app/web", "ls", "/data", "/own"])).toMatchObject({
    stdout: "/data:\nseen\n",
    exitCode: 1,
  });
});

test("run takes input to its end, another entrypoint and user, and folders of the host", async () => {
  await instance.write("shared/file", "from the host\n");
  const options = ["-u", "12:34", "-w", "/tmp", "-v", "./shared:/shared:ro", "--entrypoint", "sh -c"];
  const line = "id -u; pwd; cat /shared/file -; touch /shared/x 2>/dev/null || echo read-only";
  const program = instance.spawn(["run", ...options, "app/web", line], { input: "typed\n" });
  expect(await program.ended).toEqual({
    exitCode: 0,
    stdout: "12\n/tmp\nfrom the host\ntyped\nread-only\n",
    stderr: "",
  });
});

test("beside an agent, run is neither healed nor swept, gets signals, and is on the network", async () => {
  await using agent = instance.spawn(["reconcile", "--watch"]);
  await agent.prints("Watching");
  const web = (await instance.ps())[0]?.addresses[0] ?? "";
  const line = `trap 'echo caught; exit 5' TERM; ping -c 1 ${web} >/dev/null && echo ready; while true; do sleep 0.1; done`;
  await using program = instance.spawn(["run", "app/web", "sh", "-c", line]);
  await program.prints("ready");
  expect(await oneOffs()).toHaveLength(1);
  agent.signal("SIGTERM");
  await agent.ended;
  await using next = instance.spawn(["reconcile", "--watch"]);
  await next.prints("Watching");
  expect(await oneOffs()).toHaveLength(1);
  program.signal("SIGTERM");
  expect(await program.ended).toEqual({ exitCode: 5, stdout: "ready\ncaught\n", stderr: "" });
  expect(await oneOffs()).toEqual([]);
});

test("what does not listen to signals is killed at the third", async () => {
  const line = "trap 'echo no' INT; echo ready; while true; do sleep 0.1; done";
  await using program = instance.spawn(["run", "app/web", "sh", "-c", line]);
  await program.prints("ready");
  for (const answer of ["ready\nno\n", "no\nno\n"]) {
    program.signal("SIGINT");
    await program.prints(answer);
  }
  program.signal("SIGINT");
  expect(await program.ended).toMatchObject({ exitCode: 137 });
});

test("of a run that was killed, the next reconcile takes the container away", async () => {
  const before = await traces(instance);
  await using program = instance.spawn(["run", "app/web", "sh", "-c", "echo ready; exec sleep 1000"]);
  await program.prints("ready");
  const [id = ""] = await oneOffs();
  program.signal("SIGKILL");
  await program.ended;
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
  expect(await traces(instance)).toEqual(before);
  expect(existsSync(`${instance.dataDir}/containers/${id}`)).toBe(false);
});

test("run at a terminal has one of the same size", async () => {
  await using screen = await Screen.open(instance, ["run", "--rm", "app/web", "sh"]);
  await screen.hasShellOf(80, 24);
  await screen.type("sh -c 'echo $((40+2)); exec sleep 1000'", "Enter");
  await screen.shows(/^42$/m);
  await screen.type("C-c");
  await screen.type("exit 9", "Enter");
  expect(await screen.exitCode()).toBe(9);
});

describe("of a service of a stack file", () => {
  let other: TestInstance;
  beforeAll(async () => {
    other = await anInstance();
    await other.write(
      "compose.yaml",
      `name: jobs
services:
  idle: { image: ./image, scale: 0, environment: { COLOUR: red }, volumes: ["kept:/kept"] }
  side: { image: ./image, network_mode: "service:idle2" }
  idle2: { image: ./image }
volumes: { kept: }
`,
    );
  });
  afterAll(() => other[Symbol.asyncDispose]());

  test("run needs nothing that runs: it pulls, makes volumes, and leaves these alone", async () => {
    const line = "echo $COLOUR; cat /kept/* 2>/dev/null; echo kept > /kept/file; ls /sys/class/net";
    const first = await other.run(["run", "--rm", "-f", "compose.yaml", "jobs/idle", "sh", "-c", line]);
    expect(first).toMatchObject({ exitCode: 0, stdout: "red\neth0\nlo\n" });
    expect(await traces(other)).toEqual([]);
    const again = await other.run(["run", "-f", ".", "idle", "sh", "-c", line]);
    expect(again).toEqual({ exitCode: 0, stdout: "red\nkept\neth0\nlo\n", stderr: "" });
    expect(await traces(other)).toEqual([]);
  });

  test.each([
    [1, ["jobs/idle", "true"], "`run -f FILE`"],
    [1, ["-f", ".", "jobs/side", "true"], "no container of jobs/idle2 runs"],
    [2, ["-f", ".", "jobs/none", "true"], "There are: jobs/idle, jobs/idle2, jobs/side."],
  ])("exits with %i for %j: %s", async (exitCode, args, message) => {
    const ended = await other.run(["run", ...args]);
    expect(ended.stderr).toContain(message);
    expect(ended).toMatchObject({ exitCode, stdout: "" });
  });
});

test.each([
  [127, ["app/web", "nope"], 'has no command "nope"'],
  [2, ["-v", "relative:too", "app/web", "true"], "-v relative:too is not SOURCE:TARGET[:ro|rw] or TARGET"],
  [1, ["app/nope", "true"], "there is no stack, service or container app/nope"],
])("exits with %i for %j: %s", async (exitCode, args, message) => {
  const ended = await instance.run(["run", ...args]);
  expect(ended.stderr).toContain(message);
  expect(ended).toMatchObject({ exitCode, stdout: "" });
});
