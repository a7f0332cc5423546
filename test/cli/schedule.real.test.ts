import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { anInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

test("a scheduled service runs at its times while an agent watches, no run twice though the agent is killed, and a failed run fails nothing", async () => {
  await using instance = await anInstance();
  await instance.write(
    "compose.yaml",
    `name: jobs
services:
  tick:
    image: ./image
    command: [sh, -c, "cat /etc/hostname >> /notes/log; exit 3"]
    volumes: ["./notes:/notes"]
    x-schedule: { cron: "* * * * * *", concurrency: allow, history: 2 }
  slow:
    image: ./image
    init: true
    command: [sleep, infinity]
    x-schedule: { cron: "* * * * * *", timeout: 2s }
`,
  );
  const runs = async (): Promise<readonly string[]> => {
    const log = await readFile(join(instance.folder, "notes", "log"), "utf8").catch(() => "");
    return log.split("\n").filter((line) => line !== "");
  };
  {
    await using agent = instance.spawn(["reconcile", "--watch"]);
    await until("it has run twice", async () => (await runs()).length >= 2);
    agent.signal("SIGKILL");
    await agent.ended;
  }
  const before = await runs();
  await using agent = instance.spawn(["reconcile", "--watch"]);
  await until("it runs again", async () => (await runs()).length >= before.length + 2);
  await until(
    "slow has taken too long",
    async () => {
      const { stdout } = await instance.run(["events", "jobs/slow"]);
      return stdout.includes("run-expired") && stdout.includes("run-left-out");
    },
    { pollMs: 300 },
  );
  await until(
    "two that have failed are kept",
    async () => {
      const exited = (await instance.ps()).filter(
        ({ service, state }) => service === "tick" && state === "exited",
      );
      return exited.length === 2 && exited.every(({ exitCode }) => exitCode === 3);
    },
    { pollMs: 300 },
  );
  agent.signal("SIGINT");
  await agent.ended;
  expect(agent.output).not.toContain("failed");

  const { stdout } = await instance.run(["ps", "jobs/tick", "--format", "json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    schedules: [{ stack: "jobs", service: "tick", timeZone: "UTC", lastRun: { exitCode: 3 } }],
  });
  expect((await instance.run(["ps", "jobs"])).stdout).toMatch(
    /jobs\/tick +\* \* \* \* \* \* \(UTC\) +20.*\(3\) +20/,
  );
  expect(await instance.run(["scale", "jobs/tick=2"])).toMatchObject({ exitCode: 2 });
  expect(await instance.run(["reconcile", "--dry-run", "--detailed-exitcode"])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("all of it by schedule") as string,
  });
  const inspected = await instance.run(["inspect", "jobs/tick"]);
  const dueAt = expect.stringMatching(/^20.*Z$/) as string;
  const revision = expect.stringMatching(/^./) as string;
  expect(JSON.parse(inspected.stdout)).toHaveProperty(
    "containers",
    expect.arrayContaining([
      expect.objectContaining({ revision, run: { dueAt, cron: "* * * * * *", timeZone: "UTC" } }),
    ]),
  );

  const all = await runs();
  expect(new Set(all).size).toBe(all.length);
  const names = (await instance.ps()).map(({ name }) => name);
  expect(names).toEqual(names.map(() => expect.stringMatching(/^jobs-(tick|slow)-20\d{12}$/) as string));
});
