import { describe, expect, test } from "vitest";
import type { OciProcess } from "../../../src/runtime/container/spec/oci-spec.ts";
import { execProcess } from "../../../src/runtime/exec/process-spec.ts";
import type { ExecRequest } from "../../../src/runtime/exec/request.ts";

const own: OciProcess = {
  terminal: false,
  user: { uid: 0, gid: 0, additionalGids: [0] },
  args: ["server"],
  env: ["COLOUR=green", "HOME=/root", "PATH=/bin"],
  cwd: "/srv",
  capabilities: {
    bounding: ["CAP_KILL"],
    permitted: ["CAP_KILL"],
    effective: ["CAP_KILL"],
    inheritable: [],
    ambient: [],
  },
  rlimits: [{ type: "RLIMIT_NOFILE", soft: 10, hard: 20 }],
  noNewPrivileges: true,
};
const circumstances = {
  userFiles: {
    passwd: "root:x:0:0::/root:/bin/sh\nann:x:1000:100::/home/ann:/bin/sh",
    group: "users:x:100:\nwheel:x:10:ann",
  },
  capabilities: ["CAP_KILL", "CAP_SYS_ADMIN"],
};
const process = (request: Partial<ExecRequest>, container = own): OciProcess =>
  execProcess(container, { command: ["ls"], ...request }, circumstances);

describe("the process of an exec", () => {
  test("is the container's own with another command", () => {
    expect(process({})).toEqual({ ...own, args: ["ls"] });
  });

  test("has the request's variables in place of the container's", () => {
    expect(process({ environment: { COLOUR: "red", A: "b=c" } }).env).toEqual([
      "A=b=c",
      "COLOUR=red",
      "HOME=/root",
      "PATH=/bin",
    ]);
  });

  test("of another user has its groups and its home", () => {
    const { user, env } = process({ user: "ann" });
    expect(user).toEqual({ uid: 1000, gid: 100, additionalGids: [100, 10] });
    expect(env).toContain("HOME=/home/ann");
  });

  test("keeps a home that the service or the image has set", () => {
    const container = { ...own, env: ["HOME=/data"] };
    expect(process({ user: "ann" }, container).env).toEqual(["HOME=/data"]);
  });

  const terminal = { columns: 80, lines: 24 };

  test("with a terminal has it in the right size from the beginning", () => {
    expect(process({ terminal })).toMatchObject({ terminal: true, consoleSize: { width: 80, height: 24 } });
  });

  test("with a terminal knows a kind of it, unless the container does", () => {
    expect(process({ terminal }).env).toContain("TERM=xterm");
    expect(process({ terminal }, { ...own, env: ["TERM=vt100"] }).env).toEqual(["TERM=vt100"]);
  });

  test("that is privileged has all capabilities, and still no new privileges", () => {
    const { capabilities, noNewPrivileges } = process({ privileged: true });
    expect(capabilities).toMatchObject({ bounding: circumstances.capabilities, ambient: [] });
    expect(noNewPrivileges).toBe(true);
  });

  test.each([
    ["UNKNOWN_USER", { user: "bob" }],
    ["BAD_WORKING_DIR", { workingDir: "relative" }],
    ["BAD_WORKING_DIR", { workingDir: "/proc/self/fd/7" }],
    ["NO_COMMAND", { command: [] }],
  ])("is refused with %s for %j", (code, request) => {
    expect(() => process(request)).toThrow(expect.objectContaining({ code }) as Error);
  });
});
