import { expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { anInstance } from "../support/instance.ts";
import { answersWith, get, webStack } from "../support/web-stack.ts";

/** Well where the greeting is not Bad. */
const probed = `    healthcheck: {test: 'test "$$GREETING" != Bad', interval: 100ms, retries: 2}
`;

test("an update that never becomes healthy is taken back, and nobody who connects meanwhile notices", async () => {
  await using instance = await anInstance();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const write = (greeting: string): Promise<string> =>
    instance.write("compose.yaml", webStack({ port, replicas: 1, greeting, more: probed }));
  await write("Good");
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  await answersWith(url, "Good");
  const [before] = await instance.ps();

  const clients = connecting(url);
  await write("Bad");
  const { exitCode, stderr } = await instance.run(["reconcile"]);
  expect(exitCode, stderr).toBe(5);
  expect(stderr).toMatch(
    /rolled back: stack shop: revision \w+ was rolled back to \w+: the new shop-web-1 is/,
  );
  expect(await clients.end()).toEqual({ answers: ["Good"], failures: [] });
  expect((await instance.ps()).map(({ id, pid }) => ({ id, pid }))).toEqual([
    { id: before?.id, pid: before?.pid },
  ]);
  expect(await instance.run(["ps"])).toMatchObject({
    stderr: expect.stringContaining("rolled back: stack shop") as string,
  });
  const { stdout: told } = await instance.run(["events", "shop"]);
  expect(told.match(/rollout-\S+(?= +shop +revision \w+)/g)).toEqual([
    "rollout-begun",
    "rollout-done",
    "rollout-begun",
    "rollout-going-back",
    "rollout-rolled-back",
  ]);
  expect(told).toMatch(/rollout-going-back +shop +revision \w+, to \w+: the new shop-web-1 is/);

  await write("Better");
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  expect(await get(url)).toMatch(/^Better/);
});

test("what a revision that failed had written can be read when it is gone, until another one stands", async () => {
  await using instance = await anInstance();
  const deploy = { update_config: { monitor: "500ms" } };
  const bring = async (line: string): Promise<number | null> => {
    const service = {
      image: "./image",
      command: ["sh", "-c", line],
      stop_signal: "SIGKILL",
      restart: "no",
      deploy,
    };
    await instance.write("compose.yaml", JSON.stringify({ name: "shop", services: { job: service } }));
    return (await instance.run(["reconcile", "--wait"])).exitCode;
  };
  expect(await bring("sleep 1000")).toBe(0);
  expect(await instance.run(["logs", "--failed", "shop"])).toMatchObject({ exitCode: 1 });
  expect(await bring("echo one; exit 3")).toBe(5);
  expect(await bring("echo two; exit 3")).toBe(5);
  const { stdout, exitCode } = await instance.run(["logs", "--failed", "shop/job"]);
  expect({ exitCode, lines: new Set(stdout.trim().split("\n")) }).toEqual({
    exitCode: 0,
    lines: new Set(["two"]),
  });
  const check = ["reconcile", "--dry-run", "--detailed-exitcode", "--out", "plan.json"];
  expect(await instance.run(check), "that it went back is no error of a plan").toMatchObject({ exitCode: 0 });
  expect(await bring("sleep 1001")).toBe(0);
  expect(await instance.run(["logs", "--failed", "shop"])).toMatchObject({
    exitCode: 1,
    stderr: "Nothing is kept of a revision that failed.\n",
  });
});

/** Two clients that connect as fast as they can until told to end; the first words of what they were told. */
function connecting(url: string): {
  readonly end: () => Promise<{ readonly answers: readonly string[]; readonly failures: readonly string[] }>;
} {
  const answers = new Set<string>();
  const failures: string[] = [];
  let isOver = false;
  const client = async (): Promise<void> => {
    while (!isOver) {
      await get(url).then(
        (answer) => answers.add(answer.split(" ")[0] ?? ""),
        (error: unknown) => failures.push(String(error)),
      );
    }
  };
  const clients = Array.from({ length: 2 }, client);
  return {
    end: async () => {
      isOver = true;
      await Promise.all(clients);
      return { answers: [...answers], failures };
    },
  };
}
