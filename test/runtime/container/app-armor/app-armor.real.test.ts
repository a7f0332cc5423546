import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findParser, hasAppArmor } from "../../../../src/runtime/container/app-armor/load-default-profile.ts";
import { openTestRuntime } from "../../../support/test-runtime.ts";

const why = !hasAppArmor()
  ? "this host has no AppArmor"
  : findParser() === undefined
    ? "this host has no apparmor_parser"
    : undefined;

describe.skipIf(why !== undefined)(`AppArmor (${why ?? "active"})`, () => {
  test("a container runs under our profile, which keeps it from mounting with every capability", async () => {
    await using home = await openTestRuntime();
    const attempt = "cat /proc/self/attr/current; mount -t tmpfs none /mnt 2>/dev/null || echo denied";
    const spec = { capAdd: ["SYS_ADMIN"] };
    expect(await home.shell(`mkdir /mnt; ${attempt}`, spec)).toBe("tallyman-default (enforce)\ndenied");
    const security = { noNewPrivileges: false, seccomp: "default", apparmor: "unconfined" };
    expect(await home.shell(`mkdir /mnt; ${attempt}`, { ...spec, security })).toBe("unconfined");
  });
});

test.skipIf(hasAppArmor())("on a host without AppArmor a profile by name is an error", async () => {
  await using home = await openTestRuntime();
  const security = { noNewPrivileges: false, seccomp: "default", apparmor: "strict" };
  await expect(home.shell("true", { security })).rejects.toMatchObject({ code: "APPARMOR_UNAVAILABLE" });
  expect(existsSync(`${home.paths.dataDir}/apparmor-profile`)).toBe(false);
});
