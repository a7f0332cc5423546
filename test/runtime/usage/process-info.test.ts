import { describe, expect, it } from "vitest";
import { parseProcess } from "../../../src/runtime/usage/process-info.ts";

const statOf = (name: string, terminal: number): string =>
  `4242 (${name}) S 4200 4242 4242 ${terminal} -1 4194560 177 0 0 0 150 50 0 0 20 0 1 0 30000 2400256 1 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n`;
const status = "Name:\tsleep\nUid:\t1000\t1001\t1002\t1003\nNSpid:\t4242\t7\nVmRSS:\t 4 kB\n";

describe("a process", () => {
  it("is what the kernel says of it", () => {
    const files = { stat: statOf("sleep", 0), status, cmdline: "sleep\0infinity\0" };
    expect(parseProcess(files, 1_000_000)).toEqual({
      pid: 4242,
      parentPid: 4200,
      pidInContainer: 7,
      uid: 1001,
      state: "S",
      startedAt: 1_300_000,
      cpuMs: 2000,
      command: "sleep infinity",
    });
  });

  it.each(["a) R 1 (b", "x\ny", ") S 1 1 1"])("may have any name: %j", (name) => {
    const parsed = parseProcess({ stat: statOf(name, 0), status, cmdline: "" }, 0);
    expect(parsed).toMatchObject({ parentPid: 4200, state: "S", command: `[${name}]` });
  });

  it.each([
    [(136 << 8) | 3, "pts/3"],
    [(137 << 8) | 1, "pts/257"],
    [(4 << 8) | 1, "tty1"],
    [(4 << 8) | 64, "4:64"],
    [(136 << 8) | 0, "pts/0"],
  ])("with terminal %d has %s", (device, terminal) => {
    expect(parseProcess({ stat: statOf("sh", device), status, cmdline: "sh\0" }, 0)).toMatchObject({
      terminal,
    });
  });
});
