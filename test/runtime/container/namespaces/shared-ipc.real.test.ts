import { readlinkSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ContainerSpec } from "../../../../src/model/container-spec.ts";
import type { ContainerId } from "../../../../src/model/ids.ts";
import { until } from "../../../support/until.ts";
import { openTestRuntime, type TestRuntime } from "../../../support/test-runtime.ts";

let home: TestRuntime;
beforeAll(async () => {
  home = await openTestRuntime();
});
afterAll(() => home[Symbol.asyncDispose]());

const namespace = async (id: ContainerId): Promise<string> =>
  readlinkSync(`/proc/${(await home.status(id)).pid}/ns/ipc`);

const linesOf = async (id: ContainerId): Promise<readonly string[]> =>
  (await Array.fromAsync(home.runtime.logs(id, {}))).map(({ text }) => text);

/** What a container says that joins the IPC namespace of another one, to its end. */
async function joined(
  ipc: ContainerId,
  line: string,
  spec: Partial<ContainerSpec> = {},
): Promise<readonly string[]> {
  const request = home.request({ command: ["sh", "-c", line], ipc: "joined", ...spec });
  await home.runtime.create({ ...request, joins: { ipc } });
  await home.runtime.start(request.id);
  const lines = await home.output(request.id);
  await home.runtime.remove(request.id);
  return lines.map(({ text }) => text);
}

test.each([false, true])(
  "containers share an IPC namespace and /dev/shm, which outlive a restart of the one whose they are (user namespaces: %s)",
  async (userNamespace) => {
    const security = { seccomp: "default", apparmor: "default", userNamespace };
    const owner = await home.run("echo > /dev/shm/of-owner; echo ready; sleep 1000", {
      ...{ ipc: "shareable", security, shmSizeBytes: 1024 * 1024 },
      sysctls: { "fs.mqueue.msg_max": "11" },
      stopSignal: "SIGKILL",
    });
    const before = await namespace(owner);
    await until("the owner has made its file", async () => (await linesOf(owner)).includes("ready"));
    const line = `readlink /proc/self/ns/ipc; cat /proc/sys/fs/mqueue/msg_max; ls /dev/shm
      stat -c %u /dev/shm/*; df -k /dev/shm | awk 'NR > 1 { print $2 }'; echo > /dev/shm/of-guest`;
    expect(await joined(owner, line, { security })).toEqual([before, "11", "of-owner", "0", "1024"]);
    await home.runtime.stop(owner);
    await home.runtime.start(owner);
    expect(await namespace(owner)).toBe(before);
    expect(await joined(owner, "ls /dev/shm", { security })).toEqual(["of-guest", "of-owner"]);
    await home.runtime.remove(owner);
  },
);

test("a container that keeps its IPC namespace to itself cannot be joined, and nothing is left of who tried", async () => {
  const owner = await home.run("sleep 1000");
  await expect(joined(owner, "true")).rejects.toMatchObject({ code: "IPC_NOT_SHAREABLE" });
  expect((await home.runtime.list()).map(({ id }) => id)).toEqual([owner]);
});
