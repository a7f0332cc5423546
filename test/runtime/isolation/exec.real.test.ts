import { afterAll, beforeAll, expect, test } from "vitest";
import { anInstance, type TestInstance } from "../../support/instance.ts";

let instance: TestInstance;
beforeAll(async () => {
  instance = await anInstance();
  await instance.write(
    "compose.yaml",
    `name: app
services:
  web: { image: ./image, command: [sleep, infinity], userns_mode: private, security_opt: [no-new-privileges] }
`,
  );
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
});
afterAll(() => instance[Symbol.asyncDispose]());

const inside = (line: string, ...options: readonly string[]): ReturnType<TestInstance["run"]> =>
  instance.run(["exec", ...options, "app/web", "sh", "-c", line]);

test("a command in a container with a user namespace is in it, too, and writes to its output by name", async () => {
  const line =
    "tr -s ' ' < /proc/self/uid_map; grep NoNewPrivs /proc/self/status; echo by name > /dev/stdout";
  expect(await inside(line)).toMatchObject({
    exitCode: 0,
    stdout: " 0 1879048192 65536\nNoNewPrivs:\t1\nby name\n",
  });
  expect(await inside("id -u; touch /tmp/a; stat -c %u /tmp/a", "-u", "1000")).toMatchObject({
    stdout: "1000\n1000\n",
  });
});

test("a user that has no id there is refused in words", async () => {
  const { exitCode, stderr } = await inside("true", "-u", "70000");
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain("id 70000 is not one of the user namespace's 65536");
});
