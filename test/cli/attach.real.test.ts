import { afterAll, beforeAll, expect, test } from "vitest";
import { anInstanceRunning, type TestInstance } from "../support/instance.ts";
import { Screen } from "../support/screen.ts";

let instance: TestInstance;
beforeAll(async () => {
  instance = await anInstanceRunning(`name: app
x-base: &base { image: ./image, restart: "no", stop_signal: SIGKILL }
services:
  shell: { <<: *base, command: [sh], tty: true, stdin_open: true }
  upper: { <<: *base, command: [sh, -c, 'while read line; do echo "got $$line"; done'], stdin_open: true }
  job: { <<: *base, command: ["true"] }
  plain:
    <<: *base
    command: [sh, -c, "trap 'echo bye; echo oops >&2; exit 4' TERM; while true; do echo tick; sleep 0.1; done"]
`);
});
afterAll(() => instance[Symbol.asyncDispose]());

test("attach joins both outputs from now on, passes signals, and ends with the container and its exit code", async () => {
  await using attached = instance.spawn(["attach", "app/plain"]);
  await attached.prints("tick");
  attached.signal("SIGTERM");
  const { exitCode, stdout, stderr } = await attached.ended;
  expect({ exitCode, stderr }).toEqual({ exitCode: 4, stderr: "oops\n" });
  expect(stdout).toMatch(/^(tick\n)+bye\n$/);
});

test("attach hands on input, which stays open for the next; a Ctrl-C ends it where signals are not passed", async () => {
  for (const word of ["one", "two"]) {
    await using attached = instance.spawn(["attach", "--no-sig-proxy", "app/upper"], { input: `${word}\n` });
    await attached.prints(`got ${word}\n`);
    attached.signal("SIGINT");
    expect(await attached.ended).toMatchObject({ exitCode: 130 });
  }
});

test("at a terminal it is the container's: keys, size, Ctrl-C; Ctrl-P Ctrl-Q leaves it", async () => {
  {
    await using screen = await Screen.open(instance, ["attach", "app/shell"]);
    await screen.type("Enter", "tty; echo $TERM", "Enter");
    await screen.shows(/^\/dev\/pts\/0\s+xterm$/m);
    await screen.hasShellOf(80, 24);
    await screen.resize(100, 30);
    await screen.hasShellOf(100, 30);
    await screen.type("here=still; sh -c 'echo $((40+2)); exec sleep 1000'", "Enter");
    await screen.shows(/^42$/m);
    await screen.type("C-c", "C-p", "C-q");
    await screen.shows(/Left app\/shell, which goes on/);
    expect(await screen.exitCode()).toBe(0);
  }
  await using screen = await Screen.open(instance, ["attach", "app/shell"]);
  await screen.type("Enter", "echo $here there", "Enter");
  await screen.shows(/^still there$/m);
  await screen.type("exit 6", "Enter");
  expect(await screen.exitCode()).toBe(6);
});

test("attach to what does not run says so", async () => {
  const { exitCode, stderr } = await instance.run(["attach", "app/job"]);
  expect(stderr).toContain("container app-job-1 does not run: it is exited");
  expect(exitCode).toBe(1);
});
