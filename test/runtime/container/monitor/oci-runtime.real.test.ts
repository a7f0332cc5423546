import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findCgroups } from "../../../../src/runtime/container/cgroup/cgroups.ts";
import { instanceOf } from "../../../../src/runtime/instance.ts";
import { openRuntime } from "../../../../src/runtime/open.ts";
import { leftBy, openTestRuntime, type TestRuntime } from "../../../support/test-runtime.ts";

const asked = 'trap "exit 7" TERM; echo up; while :; do sleep 0.05; done';

test("a container stays with the runtime that it names, also when that is configured no more", async () => {
  const program = "noted-runtime";
  await using home = await openTestRuntime({ settings: { runtimes: { noted: program } } });
  const calls = join(home.folder, "calls");
  using _onPath = script(home, { program, line: `echo "$*" >> ${calls}; exec runc "$@"` });
  const commands = (): string[] =>
    readFileSync(calls, "utf8").match(/\b(create|start|kill|delete)\b(?= )/g) ?? [];
  const id = await home.run(asked, { runtime: "noted", stopGraceMs: 10_000 });
  await saysUp(home, id);
  expect(commands()).toEqual(["create", "start"]);

  await home.runtime[Symbol.asyncDispose]();
  await using later = await openRuntime(home.paths);
  await later.stop(id);
  expect(await later.list()).toMatchObject([{ state: "exited", exitCode: 7 }]);
  await later.remove(id);
  expect(commands()).toEqual(["create", "start", "kill", "delete"]);
  expect(readFileSync(calls, "utf8")).toContain(`--root=${home.paths.runDir}/runtimes/noted`);
  await later.sweep();
  expect(await leftBy(home)).toEqual([]);
});

/** crun 1.8 refuses hybrid cgroups. */
const isUnified = findCgroups(instanceOf({ dataDir: "/var/lib/tallyman" })).version === 2;

test.runIf(isUnified)("crun does all that runc does: start, exit, restart, stop, remove", async () => {
  const program = "crun-here";
  await using home = await openTestRuntime({
    settings: { runtimes: { crun: program }, defaultRuntime: "crun" },
  });
  using _onPath = script(home, { program, line: 'exec crun "$@"' });
  const id = await home.run("echo out; echo err >&2; grep ^Seccomp: /proc/self/status; exit 3");
  expect(await home.exited(id)).toMatchObject({ state: "exited", exitCode: 3, restarts: 0 });
  await home.runtime.start(id);
  expect(await home.exited(id)).toMatchObject({ state: "exited", exitCode: 3, restarts: 1 });
  expect(new Set((await home.output(id)).map(({ text }) => text))).toEqual(
    new Set(["out", "err", "Seccomp:\t2"]),
  );

  const request = home.request({ command: ["sh", "-c", asked], stopGraceMs: 10_000 });
  await home.runtime.create(request);
  expect(await home.status(request.id)).toMatchObject({ state: "created", monitored: true });
  await home.runtime.start(request.id);
  await saysUp(home, request.id);
  await home.runtime.stop(request.id);
  expect(await home.status(request.id)).toMatchObject({ state: "exited", exitCode: 7 });
  await expect(home.shell("true", { command: ["/no/such"] })).rejects.toMatchObject({
    code: "COMMAND_NOT_FOUND_IN_IMAGE",
  });
  for (const { id: each } of await home.runtime.list()) await home.runtime.remove(each);
  await home.runtime.sweep();
  expect(await leftBy(home)).toEqual([]);
});

test("a runtime that nobody configured, or that is not installed, is said so, and nothing is left", async () => {
  await using home = await openTestRuntime({ settings: { runtimes: { gone: "/nowhere/runtime" } } });
  await expect(home.shell("true", { runtime: "cruns" })).rejects.toMatchObject({
    code: "UNKNOWN_RUNTIME",
    message: 'there is no OCI runtime "cruns"',
    hint: "Add it under runtimes in /etc/tallyman/config.yaml, or correct `runtime` of the service; known are gone.",
  });
  await expect(home.shell("true", { runtime: "gone" })).rejects.toMatchObject({
    code: "RUNTIME_MISSING",
    message: "the OCI runtime gone is not installed: /nowhere/runtime",
  });
  expect(await home.runtime.list()).toEqual([]);
});

test("a runtime that hangs while it makes a container is killed, and nothing is left", async () => {
  const program = "hanging-runtime";
  await using home = await openTestRuntime({
    settings: { runtimes: { hanging: program }, beginTimeoutMs: 500 },
  });
  using _onPath = script(home, {
    program,
    line: 'case " $* " in *" create "*) runc "$@"; sleep 600;; esac; exec runc "$@"',
  });
  await expect(home.shell("true", { runtime: "hanging" })).rejects.toMatchObject({
    code: "CREATE_TIMEOUT",
    message: "hanging made no process within 0.5 s, and was killed",
  });
  expect(await home.runtime.list()).toEqual([]);
  await home.runtime.sweep();
  expect(await leftBy(home)).toEqual([]);
});

async function saysUp(home: TestRuntime, id: Parameters<TestRuntime["status"]>[0]): Promise<void> {
  for await (const { text } of home.runtime.logs(id, { follow: true })) if (text === "up") return;
}

/** A program on PATH, for as long as it is in use. */
function script(
  { folder }: TestRuntime,
  { program, line }: { readonly program: string; readonly line: string },
): Disposable {
  const before = process.env["PATH"] ?? "";
  writeFileSync(join(folder, program), `#!/bin/sh\n${line}\n`);
  chmodSync(join(folder, program), 0o755);
  process.env["PATH"] = `${folder}:${before}`;
  return { [Symbol.dispose]: () => void (process.env["PATH"] = before) };
}
