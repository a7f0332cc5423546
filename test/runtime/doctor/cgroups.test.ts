import { expect, test } from "vitest";
import { judgeCgroups, parseHierarchies } from "../../../src/runtime/doctor/cgroups.ts";

const v1 = (controllers: string, flags = "rw,relatime"): string =>
  `40 30 0:33 / /sys/fs/cgroup/${controllers} ${flags} - cgroup cgroup rw,${controllers}`;
const v2 = (folder: string): string =>
  `41 30 0:34 / ${folder} rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate`;
const other = "30 1 0:30 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755";

const judge = (
  lines: readonly string[],
  controllers: readonly string[] = [],
): ReturnType<typeof judgeCgroups> => judgeCgroups(parseHierarchies(lines.join("\n")), () => controllers);

test.each([
  ["v1", [other, v1("cpu,cpuacct"), v1("memory"), v1("pids")], [], "v1, with cpu, memory and pids"],
  ["hybrid", [other, v1("cpu"), v1("memory"), v1("pids"), v2("/sys/fs/cgroup/unified")], [], "hybrid, with"],
  ["v2", [v2("/sys/fs/cgroup")], ["cpuset", "cpu", "memory", "pids"], "v2, with cpu, memory and pids"],
])("%s is recognised with its controllers", (_name, lines, controllers, detail) => {
  expect(judge(lines, controllers)).toMatchObject({
    status: "ok",
    detail: expect.stringContaining(detail) as string,
  });
});

test("a controller that the kernel does not offer is a warning that says which limit has gone", () => {
  expect(judge([v2("/sys/fs/cgroup")], ["cpu", "pids"])).toMatchObject({
    status: "warning",
    detail: "v2; containers cannot have memory limits",
    remedy: "Enable on the kernel's command line: cgroup_enable=memory",
  });
});

test("without any hierarchy no container can run", () => {
  expect(judge([other])).toMatchObject({ status: "missing" });
});

test("a hierarchy that is mounted read-only, as in a container, is of no use", () => {
  expect(judge([v1("memory", "ro,nosuid")])).toMatchObject({
    status: "missing",
    detail: expect.stringContaining("read-only") as string,
  });
});
