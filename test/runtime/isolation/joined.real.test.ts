import { readlinkSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ContainerSpec } from "../../../src/model/container-spec.ts";
import type { CreateRequest } from "../../../src/runtime/types.ts";
import { openTestRuntime, type TestRuntime } from "../../support/test-runtime.ts";

const withNamespace = (userNamespace: boolean): Pick<ContainerSpec, "security"> => ({
  security: { seccomp: "default", apparmor: "default", userNamespace },
});

let host: TestRuntime;
beforeAll(async () => {
  host = await openTestRuntime();
});
afterAll(() => host[Symbol.asyncDispose]());

const joining = (
  joins: NonNullable<CreateRequest["joins"]>,
  { userNamespace }: { readonly userNamespace: boolean },
): CreateRequest => {
  const command = ["sh", "-c", "ip link set lo up && ls /sys/class/net && sleep 1000"];
  const network = joins.network === undefined ? "none" : "joined";
  const spec = { command, capAdd: ["NET_ADMIN"], network, ...withNamespace(userNamespace) } as const;
  return { ...host.request(spec), joins };
};

test.each([true, false])(
  "who shares a container's network and processes has rights over them with user namespaces %s",
  async (userNamespace) => {
    const shared = await host.run("sleep 1000", { network: "bridge", ...withNamespace(true) });
    const request = joining({ network: shared, pid: shared }, { userNamespace });
    await host.runtime.create(request);
    await host.runtime.start(request.id);
    const words = async (): Promise<readonly string[]> =>
      (await Array.fromAsync(host.runtime.logs(request.id, {}))).map(({ text }) => text);
    await expect.poll(words, { timeout: 10_000 }).toEqual(["eth0", "lo"]);
    const user = async (id: CreateRequest["id"]): Promise<string> =>
      readlinkSync(`/proc/${(await host.status(id)).pid}/ns/user`);
    expect((await user(request.id)) === (await user(shared))).toBe(userNamespace);
    await host.runtime.remove(request.id);
    expect(await host.status(shared)).toMatchObject({ state: "running" });
    await host.runtime.remove(shared);
  },
);

test("one that shares with a container without a user namespace cannot have one", async () => {
  const shared = await host.run("sleep 1000", withNamespace(false));
  const { name } = await host.status(shared);
  await expect(host.runtime.create(joining({ pid: shared }, { userNamespace: true }))).rejects.toMatchObject({
    code: "ISOLATION_CONFLICT",
    message: expect.stringContaining(`the namespaces of ${name} exclude each other`) as string,
  });
});
