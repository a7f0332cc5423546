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
