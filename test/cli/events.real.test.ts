import { expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";

test("events says what happened, to whom, and with -f what happens", async () => {
  await using instance = await anInstance();
  await using follower = instance.spawn(["events", "-f", "--filter", "event=die", "--format", "json"]);
  await instance.write(
    "compose.yaml",
    `name: app
services:
  job: { image: ./image, command: [sh, -c, exit 3], restart: "no" }
  web: { image: ./image, command: [sleep, infinity], stop_signal: SIGKILL }
`,
  );
  await instance.run(["reconcile", "--wait"]);
  await follower.prints('"name":"app-job-1"');
  follower.signal("SIGINT");
  const [died] = (await follower.ended).stdout.trim().split("\n");
  expect(JSON.parse(died ?? "")).toMatchObject({ kind: "die", stack: "app", service: "job", exitCode: 3 });

  expect(await kinds(instance, ["events", "app/job"])).toEqual(["create", "start", "die"]);
  expect(await kinds(instance, ["events", "app/web"])).toEqual(["create", "start"]);
  expect(await kinds(instance, ["events", "app", "--since", "2099-01-01"])).toEqual([]);
  await instance.run(["exec", "app/web", "sh", "-c", "exit 4"]);
  await instance.run(["exec", "app/web", "no-such-command"]);
  await instance.run(["exec", "-d", "app/web", "true"]);
  expect(
    (await instance.run(["events", "app/web"])).stdout.replaceAll(/^\S+ {2}(\S+) +app-web-1/gm, "$1"),
  ).toBe(
    "create  ./image\nstart\nexec_start  sh -c exit 4\nexec_die  exit code 4: sh -c exit 4\nexec_start  true\n",
  );
  expect((await instance.run(["events", "app/job"])).stdout).toMatch(/Z {2}die +app-job-1 {2}exit code 3\n/);
  await instance.run(["down", "app"]);
  expect((await kinds(instance, ["events", "app/web"])).slice(5)).toEqual(["kill", "die", "stop", "remove"]);

  const { exitCode, stderr } = await instance.run(["events", "--filter", "event=dies"]);
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("no event dies") as string,
  });
});

async function kinds(instance: TestInstance, args: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await instance.run([...args, "--format", "json"]);
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { kind: string }).kind);
}
