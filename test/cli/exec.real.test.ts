import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anInstanceRunning, type TestInstance } from "../support/instance.ts";
import type { Program } from "../support/program.ts";
import { Screen } from "../support/screen.ts";
import { until } from "../support/until.ts";

let instance: TestInstance;
beforeAll(async () => {
  instance = await anInstanceRunning(`name: app
services:
  web:
    image: ./image
    command: [sleep, infinity]
    environment: { COLOUR: green }
    working_dir: /var
    cap_drop: [CHOWN]
    ulimits: { nofile: 1000 }
    stop_signal: SIGKILL
    deploy: { replicas: 2 }
  job:
    image: ./image
    command: ["true"]
`);
});
afterAll(() => instance[Symbol.asyncDispose]());

const inside = (line: string, ...options: readonly string[]): ReturnType<TestInstance["run"]> =>
  instance.run(["exec", ...options, "app/web", "sh", "-c", line]);

describe("exec", () => {
  test("runs a command in a container, with its two outputs and its exit code", async () => {
    expect(await inside("echo out; echo err >&2; exit 7")).toEqual({
      exitCode: 7,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  test("gives it what the container's own process has", async () => {
    const { stdout } = await inside(
      "echo $COLOUR; pwd; id -u; ulimit -n; grep -E 'CapEff|NoNewPrivs|^Seccomp:' /proc/self/status; " +
        "grep -E 'CapEff|NoNewPrivs|^Seccomp:' /proc/1/status; hostname",
    );
    const lines = stdout.trim().split("\n");
    expect(lines.slice(0, 4)).toEqual(["green", "/var", "0", "1000"]);
    expect(lines.slice(4, 7)).toEqual(lines.slice(7, 10));
    expect(lines.at(-1)).toBe(
      (await instance.ps()).find(({ name }) => name === "app-web-1")?.id.slice(0, 12),
    );
  });

  test.each([
    ["-u", ["-u", "nobody"], "id -u; echo $HOME", "65534\n/\n"],
    ["-w", ["-w", "/tmp"], "pwd", "/tmp\n"],
    ["-e", ["-e", "COLOUR=red", "-e", "A=b=c"], "echo $COLOUR $A", "red b=c\n"],
    ["--index", ["--index", "2"], "hostname", "second"],
    [
      "--privileged",
      ["--privileged"],
      "mount -t tmpfs tmpfs /mnt 2>/dev/null; chown 1 /tmp && stat -c %u /tmp",
      "1\n",
    ],
  ])("%s is as in Compose", async (_, options, line, output) => {
    const second = (await instance.ps()).find(({ name }) => name === "app-web-2")?.id.slice(0, 12);
    const expected = output === "second" ? `${second ?? ""}\n` : output;
    expect(await inside(line, ...options)).toEqual({ exitCode: 0, stdout: expected, stderr: "" });
  });

  test("hands on standard input to its end", async () => {
    await using piped = instance.spawn(["exec", "app/web", "sh", "-c", "cat; echo end"], {
      under: ["sh", "-c", 'echo hello | "$0" "$@"'],
    });
    expect(await piped.ended).toEqual({ exitCode: 0, stdout: "hello\nend\n", stderr: "" });
  });

  test("-d leaves it in the background", async () => {
    const { exitCode } = await inside("touch /begun; exec sleep 1000", "-d");
    expect(exitCode).toBe(0);
    await until("it runs", async () => (await inside("ls /begun; ps")).stdout.includes("sleep 1000"));
  });

  test("passes signals on, and the exit code tells of them", async () => {
    await using trapping = instance.spawn([
      ...["exec", "app/web", "sh", "-c"],
      "trap 'echo caught; exit 5' INT; echo ready; while true; do sleep 0.1; done",
    ]);
    await trapping.prints("ready");
    trapping.signal("SIGINT");
    expect(await trapping.ended).toMatchObject({ exitCode: 5, stdout: "ready\ncaught\n" });

    await using plain = instance.spawn(["exec", "app/web", "sh", "-c", "echo ready; exec sleep 1000"]);
    await plain.prints("ready");
    plain.signal("SIGTERM");
    expect(await plain.ended).toMatchObject({ exitCode: 143 });
  });

  test("works beside whoever holds the lock", async () => {
    await using agent: Program = instance.spawn(["reconcile", "--watch"]);
    await agent.prints("Watching");
    expect(await inside("echo beside")).toMatchObject({ exitCode: 0, stdout: "beside\n" });
  });

  test.each([
    [127, ["app/web", "nope"], 'there is no command "nope" in container app-web-1'],
    [126, ["-w", "/nope", "app/web", "true"], 'there is no folder "/nope" in container app-web-1'],
    [126, ["app/web", "/etc/passwd"], '"/etc/passwd" in container app-web-1 is not an executable file'],
    [1, ["app/job", "true"], "container app-job-1 does not run: it is exited"],
    [1, ["app", "true"], "app stands for app/job, app/web"],
    [1, ["-t", "app/web", "true"], "there is no terminal here to hand on"],
    [2, ["app/web"], "missing required argument 'command'"],
  ])("exits with %i for %j: %s", async (exitCode, args, message) => {
    const ended = await instance.run(["exec", ...args]);
    expect(ended.stderr).toContain(message);
    expect(ended).toMatchObject({ exitCode, stdout: "" });
  });
});

describe("exec at a terminal", () => {
  test("gives the command one that has its size from the first moment", async () => {
    await using screen = await Screen.open(instance, ["exec", "app/web", "stty", "size"]);
    await screen.shows(/^24 80$/m);
    expect(await screen.exitCode()).toBe(0);
  });

  test("gives the command one of the same size, also when that changes, and its keys", async () => {
    await using screen = await Screen.open(instance, ["exec", "app/web", "sh"]);
    await screen.shows(/\/var #/);
    await screen.type("stty size; echo $TERM", "Enter");
    await screen.shows(/^24 80$\n^xterm$/m);
    await screen.resize(100, 30);
    await screen.hasShellOf(100, 30);
    await screen.type("sh -c 'echo $((40+2)); exec sleep 1000'", "Enter");
    await screen.shows(/^42$/m);
    await screen.type("C-c");
    await screen.type("exit 9", "Enter");
    expect(await screen.exitCode()).toBe(9);
  });
});
