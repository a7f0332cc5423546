import { readlinkSync } from "node:fs";
import { expect, test } from "vitest";
import type { ContainerId } from "../../../../src/model/ids.ts";
import { openTestRuntime } from "../../../support/test-runtime.ts";

test("a container shares the network and the processes of another one, for as long as that is there", async () => {
  await using home = await openTestRuntime();
  const shared = await home.run("sleep 1000", { network: "bridge", hostname: "shared" });
  const start = async (line: string, joins: Readonly<Record<string, ContainerId>>): Promise<ContainerId> => {
    const spec = { command: ["sh", "-c", line], ...(joins["network"] && { network: "joined" as const }) };
    const request = { ...home.request(spec), joins };
    await home.runtime.create(request);
    await home.runtime.start(request.id);
    return request.id;
  };
  const line =
    "hostname; grep shared /etc/hosts | cut -f1; tr '\\0' ' ' < /proc/1/cmdline; echo; while :; do sleep 1; done";
  const id = await start(line, { network: shared, pid: shared });
  const lines = async (): Promise<readonly string[]> =>
    (await Array.fromAsync(home.runtime.logs(id, {}))).map(({ text }) => text);
  const { addresses, pid: sharedPid = 0 } = await home.status(shared);
  await expect.poll(lines).toEqual(["shared", ...addresses, "sleep 1000 "]);
  const { pid = 0 } = await home.status(id);
  for (const kind of ["net", "pid"]) {
    expect(readlinkSync(`/proc/${pid}/ns/${kind}`)).toBe(readlinkSync(`/proc/${sharedPid}/ns/${kind}`));
  }
  expect(readlinkSync(`/proc/${pid}/ns/mnt`)).not.toBe(readlinkSync(`/proc/${sharedPid}/ns/mnt`));

  await home.runtime.stop(shared);
  await expect.poll(async () => (await home.status(id)).state).toBe("exited");
  await expect(home.runtime.start(id)).rejects.toMatchObject({ code: "JOINED_CONTAINER_GONE" });
  await home.runtime.start(shared);
  await home.runtime.start(id);
  expect(await home.status(id)).toMatchObject({ state: "running" });
  await home.runtime.remove(shared);
  await home.runtime.remove(id);
});
