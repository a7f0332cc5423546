import { expect, test } from "vitest";
import { compileSeccomp, type SeccompRule } from "../../../../src/runtime/container/spec/seccomp.ts";

const target = { capabilities: ["CAP_KILL"], host: { architecture: "amd64", kernel: [5, 10] as const } };

function kept(rule: Partial<SeccompRule>): boolean {
  const syscalls = [{ names: ["x"], action: "SCMP_ACT_ALLOW", ...rule }];
  return compileSeccomp({ defaultAction: "SCMP_ACT_ERRNO", syscalls }, target).syscalls.length === 1;
}

test.each<[string, Partial<SeccompRule>, boolean]>([
  ["no condition", {}, true],
  ["a capability that it has", { includes: { caps: ["CAP_KILL"] } }, true],
  ["one that it has and one that it lacks", { includes: { caps: ["CAP_KILL", "CAP_BPF"] } }, false],
  ["not with a capability that it has", { excludes: { caps: ["CAP_KILL"] } }, false],
  ["not with one that it lacks", { excludes: { caps: ["CAP_BPF"] } }, true],
  ["this architecture", { includes: { arches: ["arm64", "amd64"] } }, true],
  ["another architecture", { includes: { arches: ["s390x"] } }, false],
  ["not this architecture", { excludes: { arches: ["amd64"] } }, false],
  ["an older kernel", { includes: { minKernel: "4.8" } }, true],
  ["this kernel", { includes: { minKernel: "5.10" } }, true],
  ["a newer kernel", { includes: { minKernel: "5.11" } }, false],
  ["not from an older kernel on", { excludes: { minKernel: "4.8" } }, false],
])("a rule for %s", (_condition, rule, isKept) => {
  expect(kept(rule)).toBe(isKept);
});

test("architectures come from the map of the native one, or as the profile names them", () => {
  const profile = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [] };
  const archMap = [
    { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] },
  ];
  expect(compileSeccomp({ ...profile, archMap }, target).architectures).toEqual([
    "SCMP_ARCH_X86_64",
    "SCMP_ARCH_X86",
  ]);
  const architectures = ["SCMP_ARCH_RISCV64"];
  expect(compileSeccomp({ ...profile, architectures }, target).architectures).toEqual(architectures);
});

test("errno and arguments are passed on, empty arguments are not", () => {
  const args = [{ index: 0, value: 8, valueTwo: 0, op: "SCMP_CMP_EQ" }];
  const syscalls = [
    { names: ["a"], action: "SCMP_ACT_ERRNO", errnoRet: 22, args },
    { names: ["b"], action: "SCMP_ACT_ALLOW", args: null, comment: "ours", includes: {}, excludes: {} },
  ];
  expect(compileSeccomp({ defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, syscalls }, target)).toEqual({
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 38,
    architectures: [],
    syscalls: [
      { names: ["a"], action: "SCMP_ACT_ERRNO", errnoRet: 22, args },
      { names: ["b"], action: "SCMP_ACT_ALLOW" },
    ],
  });
});
