import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { anInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

test("a replicated-job runs once in each replica, one at a time, before what waits for it and its pre_start; and again when it changes", async () => {
  await using instance = await anInstance();
  const write = (mode: string): Promise<string> =>
    instance.write(
      "compose.yaml",
      `name: jobs
services:
  index:
    image: ./image
    command: [sh, -c, "echo begun $$MODE >> /notes/log; sleep 0.3; echo ended $$MODE >> /notes/log"]
    environment: { MODE: ${mode} }
    volumes: ["./notes:/notes"]
    deploy: { mode: replicated-job, replicas: 2, update_config: { parallelism: 1 } }
  app:
    image: ./image
    init: true
    command: [sh, -c, "echo app >> /notes/log; exec sleep infinity"]
    volumes: ["./notes:/notes"]
    pre_start:
      - command: [sh, -c, "echo prepared >> /notes/log"]
    depends_on: { index: { condition: service_completed_successfully } }
`,
    );
  const notes = (): Promise<string> => readFile(join(instance.folder, "notes", "log"), "utf8");
  const runs = (mode: string): string => `begun ${mode}\nended ${mode}\n`.repeat(2);

  await write("one");
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
  await until("app is up", async () => (await notes()).includes("app"));
  expect(await notes()).toBe(`${runs("one")}prepared\napp\n`);
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({
    stdout: expect.stringContaining("Nothing to do") as string,
  });

  await write("two");
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
  expect(await notes()).toBe(`${runs("one")}prepared\napp\n${runs("two")}`);
});

test("--wait waits for the end of a job that nothing else waits for, and one that fails late takes its stack back", async () => {
  await using instance = await anInstance();
  const write = (script: string): Promise<string> =>
    instance.write(
      "compose.yaml",
      `name: jobs
services:
  app:
    image: ./image
    init: true
    command: [sleep, infinity]
  index:
    image: ./image
    command: [sh, -c, "${script}"]
    volumes: ["./notes:/notes"]
    deploy:
      mode: replicated-job
      restart_policy: { condition: none }
      update_config: { monitor: 0s }
`,
    );
  await write("sleep 1; echo ended >> /notes/log");
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
  expect(await readFile(join(instance.folder, "notes", "log"), "utf8")).toBe("ended\n");

  await write("sleep 1; exit 5");
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({
    exitCode: 5,
    stderr: expect.stringContaining("the new jobs-index-1 exited with 5") as string,
  });
});
