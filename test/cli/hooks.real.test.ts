import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { anInstance, anInstanceRunning, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

/** What containers of the stack wrote into its folder. */
async function notes({ folder }: TestInstance): Promise<readonly string[]> {
  const text = await readFile(join(folder, "notes", "log"), "utf8").catch(() => "");
  return text.trimEnd().split("\n");
}

describe("post_start", () => {
  test("hooks run one after the other, each as it says, before the start is over", async () => {
    await using instance = await anInstanceRunning(`name: hooks
services:
  app:
    image: ./image
    init: true
    command: [sleep, infinity]
    environment: { FROM: service }
    volumes: ["./notes:/notes"]
    post_start:
      - command: [sh, -c, 'sleep 0.5; echo "first $$FROM $$(pwd)" >> /notes/log; chmod a+w /notes/log']
        working_dir: /tmp
      - command: sh -c 'echo "second $$FROM $$MORE $$(id -u)" >> /notes/log'
        environment: [FROM=hook, MORE=yes]
        user: "1000"
  next:
    image: ./image
    command: [sh, -c, "echo next >> /notes/log"]
    volumes: ["./notes:/notes"]
    depends_on: [app]
`);
    await until("the next one has run", async () => (await notes(instance)).includes("next"));
    expect(await notes(instance)).toEqual(["first service /tmp", "second hook yes 1000", "next"]);
  });

  test("that fails fails the start, and says so, but not what it printed; its container ends", async () => {
    await using instance = await anInstance();
    await instance.write(
      "compose.yaml",
      `name: hooks
services:
  app:
    image: ./image
    init: true
    command: [sleep, infinity]
    restart: "no"
    post_start:
      - command: [sh, -c, "echo no luck; exit 3"]
`,
    );
    const { exitCode, stderr } = await instance.run(["reconcile"]);
    expect(stderr).toContain("container hooks-app-1 was ended: its post_start[0] ended with 3");
    expect(stderr).not.toContain("no luck");
    expect(exitCode).toBe(1);
    expect(await instance.ps()).toMatchObject([{ name: "hooks-app-1", state: "exited" }]);
  });

  test("runs again where the agent died while it ran, and nothing goes on before it has ended", async () => {
    await using instance = await anInstance();
    await instance.write(
      "compose.yaml",
      `name: hooks
services:
  app:
    image: ./image
    init: true
    command: [sleep, infinity]
    volumes: ["./notes:/notes"]
    post_start:
      - command: [sh, -c, "echo begun >> /notes/log; while [ ! -e /notes/go ]; do sleep 0.1; done; echo ended >> /notes/log"]
  next:
    image: ./image
    command: [sh, -c, "echo next >> /notes/log"]
    volumes: ["./notes:/notes"]
    depends_on: [app]
`,
    );
    const program = instance.spawn(["reconcile"]);
    await until("the hook has begun", async () => (await notes(instance)).includes("begun"));
    program.signal("SIGKILL");
    await program.ended;

    await instance.write("notes/go", "");
    expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
    await until("the next one has run", async () => (await notes(instance)).includes("next"));
    const all = await notes(instance);
    expect(all.filter((line) => line === "begun")).toHaveLength(2);
    expect(all.filter((line) => line === "next")).toHaveLength(1);
    expect(all.indexOf("next")).toBeGreaterThan(all.indexOf("ended"));
  });
});

describe("pre_stop", () => {
  test("runs before the stop signal, whatever comes of it; not for what ended by itself", async () => {
    await using instance = await anInstanceRunning(`name: hooks
services:
  app:
    image: ./image
    command: [sh, -c, "trap 'echo signal >> /notes/log; exit 0' TERM; echo up >> /notes/log; while :; do sleep 0.1; done"]
    stop_grace_period: 60s
    volumes: ["./notes:/notes"]
    pre_stop:
      - command: [sh, -c, "echo hook >> /notes/log; exit 1"]
      - command: [sh, -c, "echo next >> /notes/log"]
`);
    await until("it is up", async () => (await notes(instance)).includes("up"));
    await instance.kill("hooks-app-1");
    expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
    await until("it is up again", async () => (await notes(instance)).length === 2);
    expect(await notes(instance)).toEqual(["up", "up"]);

    expect(await instance.run(["down", "hooks"])).toMatchObject({ exitCode: 0 });
    expect((await notes(instance)).slice(2)).toEqual(["hook", "next", "signal"]);
  });

  test("that has no end is ended with the grace period", async () => {
    await using instance = await anInstanceRunning(`name: hooks
services:
  app:
    image: ./image
    init: true
    command: [sleep, infinity]
    stop_grace_period: 1s
    pre_stop:
      - command: [sleep, infinity]
`);
    expect(await instance.run(["down", "hooks"])).toMatchObject({ exitCode: 0 });
    expect(await instance.ps()).toEqual([]);
  });
});
