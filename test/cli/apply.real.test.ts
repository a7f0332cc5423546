import { expect, test } from "vitest";
import { anInstance } from "../support/instance.ts";

test("a saved plan is carried out once, and refused with the reason where files or host have moved", async () => {
  await using instance = await anInstance();
  const write = (seconds: number) =>
    instance.write(
      "compose.yaml",
      `name: app\nservices: { job: { image: ./image, command: [sleep, "${seconds}"], stop_signal: SIGKILL } }\n`,
    );
  await write(1000);
  const plan = await instance.run(["reconcile", "--dry-run", "--out", "plan.json"]);
  expect(plan).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("apply plan.json") as string });
  expect(await instance.ps()).toEqual([]);

  const applied = await instance.run(["apply", "plan.json", "--wait"]);
  expect(applied.stdout.startsWith(plan.stdout.trimEnd())).toBe(true);
  const running = await instance.pids();
  expect(Object.keys(running)).toEqual(["app-job-1"]);

  const again = await instance.run(["apply", "plan.json"]);
  expect(again).toMatchObject({ exitCode: 1, stdout: "" });
  expect(again.stderr).toContain("this is not the plan any more: what runs on this host is not what it was");

  await write(2000);
  await instance.run(["reconcile", "--dry-run", "--out", "plan.json"]);
  await write(3000);
  const late = await instance.run(["apply", "plan.json"]);
  expect(late).toMatchObject({ exitCode: 1, stdout: "" });
  expect(late.stderr).toContain("the files of stack app say something else");
  expect(await instance.pids()).toEqual(running);

  await instance.write("plan.json", "{}");
  expect(await instance.run(["apply", "plan.json"])).toMatchObject({ exitCode: 2 });
});
