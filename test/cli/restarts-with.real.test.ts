import { expect, test } from "vitest";
import { anInstanceRunning, type PsContainer } from "../support/instance.ts";

test("what asks to be restarted with its dependency is, when that is replaced, and nothing else is", async () => {
  await using instance = await anInstanceRunning(stackFile("one"));
  const before = byService(await instance.ps());
  await instance.write("compose.yaml", stackFile("two"));
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
  const after = byService(await instance.ps());

  expect(after["db"]?.id).not.toBe(before["db"]?.id);
  expect(after["app"]).toMatchObject({ id: before["app"]?.id, state: "running" });
  expect(after["app"]?.pid).not.toBe(before["app"]?.pid);
  expect(after["worker"]).toEqual(before["worker"]);
  expect(await instance.run(["reconcile", "--wait"])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("Nothing to do") as string,
  });
});

function byService(containers: readonly PsContainer[]): Readonly<Partial<Record<string, PsContainer>>> {
  return Object.fromEntries(containers.map((container) => [container.service ?? "", container] as const));
}

function stackFile(word: string): string {
  const each = "image: ./image, command: [sleep, infinity], stop_signal: SIGKILL";
  return `name: app
services:
  db: { ${each}, environment: { WORD: ${word} } }
  app: { ${each}, depends_on: { db: { condition: service_started, restart: true } } }
  worker: { ${each}, depends_on: [db] }
`;
}
