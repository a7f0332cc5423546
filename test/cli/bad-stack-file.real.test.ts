import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { keepingWhatRuns } from "../support/keeping-what-runs.ts";

const good = `name: app
services:
  job:
    image: ./image
    command: [sleep, infinity]
    stop_signal: SIGKILL
`;

/** A stack runs in it; each test gives it another file, and nothing of it may change. */
let instance: TestInstance;
beforeAll(async () => {
  instance = await anInstance();
  await instance.write("compose.yaml", good);
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
});
afterAll(() => instance[Symbol.asyncDispose]());

interface BadFile {
  readonly what: string;
  readonly content: string;
  /** Where it is, and what is wrong. */
  readonly message: string;
  /** What to do. */
  readonly hint: string;
}

const badFiles: readonly BadFile[] = [
  {
    what: "invalid YAML",
    content: good.replace("[sleep, infinity]", "[sleep, infinity"),
    message: "compose.yaml:6:5: error: not valid YAML",
    hint: "Mend the line, or the one above it.",
  },
  {
    what: "a tab for indentation",
    content: good.replace("    stop", "\tstop"),
    message: "compose.yaml:6:1: error: not valid YAML: Tabs are not allowed as indentation",
    hint: "Mend the line",
  },
  {
    what: "a wrong type",
    content: `${good}    init: 7\n`,
    message: "compose.yaml:7:5: error: services.job.init must be true or false, not the number 7",
    hint: "",
  },
  {
    what: "an unknown key",
    content: good.replace("command", "comand"),
    message: "compose.yaml:5:5: error: unknown key comand in services.job",
    hint: "Did you mean `command`?",
  },
  {
    what: "a required variable that is not set",
    content: `${good}    environment: { KEY: "\${NEEDED:?it opens the door}" }\n`,
    message: "compose.yaml:7:25: error: the required variable NEEDED is not set: it opens the door",
    hint: "Set NEEDED in .env beside the file, or in the environment.",
  },
  {
    what: "a service without an image",
    content: good.replace("    image: ./image\n", ""),
    message: "compose.yaml:3:3: error: services.job",
    hint: "image",
  },
];

describe("a stack file with", () => {
  test.each(badFiles.map((bad) => [bad.what, bad] as const))(
    "%s is explained once, with its place and what to do; nothing changes",
    async (_, bad) => {
      await instance.write("compose.yaml", bad.content);
      const { exitCode, stdout, stderr } = await keepingWhatRuns(instance, ["reconcile"]);

      expect(stderr).toContain(bad.message);
      expect(stderr).toContain(bad.hint);
      expect(stderr.match(/error:/g)).toHaveLength(1);
      expect(exitCode).toBe(2);
      expect(stdout).not.toContain("Plan");
    },
  );

  test("several mistakes has all of them told at once, in the order of its lines", async () => {
    await instance.write("compose.yaml", `${good}    comand: x\n    init: maybe\n    restart: sometimes\n`);
    const { exitCode, stderr } = await keepingWhatRuns(instance, ["reconcile"]);
    expect(exitCode).toBe(2);
    expect(stderr.match(/^compose\.yaml:\d+/gm)).toEqual([
      "compose.yaml:7",
      "compose.yaml:8",
      "compose.yaml:9",
    ]);
  });

  test("a mistake does not hold up the other stacks of its folder", async () => {
    await using other = await anInstance();
    await other.write("stacks/bad/compose.yaml", good.replace("command", "comand"));
    await other.write("stacks/good/compose.yaml", good.replace("./image", "../../image"));
    expect(await other.run(["reconcile", "-f", "stacks"])).toMatchObject({ exitCode: 2 });
    expect(Object.keys(await other.pids())).toEqual(["app-job-1"]);
  });
});

describe("no stack file", () => {
  test("in the folder: it says what is looked for, and takes nothing away", async () => {
    await rm(join(instance.folder, "compose.yaml"), { force: true });
    const { exitCode, stderr } = await keepingWhatRuns(instance, ["reconcile"]);
    expect(stderr).toContain(`error: ${instance.folder} holds no stack file`);
    expect(stderr).toContain("Put a compose.yaml there, or name another path.");
    expect(exitCode).toBe(2);
  });

  test("at the path that was named", async () => {
    const { exitCode, stderr } = await keepingWhatRuns(instance, ["reconcile", "-f", "stacks/nope.yaml"]);
    expect(stderr).toContain(`error: no such file or folder: ${instance.folder}/stacks/nope.yaml`);
    expect(stderr).toContain("Name a stack file, a folder with one, or a folder of such folders.");
    expect(exitCode).toBe(2);
  });
});

test.each([
  [["reconcile", "--dryrun"], "error: unknown option '--dryrun'\n    Did you mean --dry-run?\n"],
  [["recncile"], "error: unknown command 'recncile'\n    Did you mean reconcile?\n"],
  [["reconcile", "--wait-timeout", "soon"], "It must be a duration such as 90s or 5m."],
  [["reconcile", "--ref", "main"], "error: --ref and --path are of a repository: name it with --git"],
  [["reconcile", "--watch", "--dry-run"], "cannot be used with option '--dry-run'"],
  [["load"], "error: name the folder or file to load"],
  [["kill", "-s", "NOPE", "hello"], 'error: there is no signal "NOPE"'],
  [["tag", "a", "B"], 'error: "B" is not an image reference'],
  [["down"], "error: name the stacks to take away, or say --all"],
])("a command line that is wrong, %j, is explained and does nothing", async (args, message) => {
  const { exitCode, stderr } = await keepingWhatRuns(instance, args);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});
