import type { Granted } from "../../../../src/runtime/container/spec/granted.ts";
import { aContainerSpec } from "../../../support/container-spec.ts";
import { expect, test } from "vitest";
import type { ContainerSpec } from "../../../../src/model/container-spec.ts";
import { containerId } from "../../../../src/model/ids.ts";
import { buildSpec, type SpecInput } from "../../../../src/runtime/container/spec/build-spec.ts";
import { allCapabilities } from "../../../../src/model/capabilities.ts";
import type { HostFacts } from "../../../../src/runtime/container/spec/host-facts.ts";
import { serializeSpec } from "../../../../src/runtime/container/spec/oci-spec.ts";

const host: HostFacts = {
  architecture: "amd64",
  kernel: [6, 1],
  capabilities: allCapabilities,
  hardLimits: {},
  cgroupVersion: 2,
  swapAccounting: true,
  appArmor: false,
  hostname: "ship",
  blockIoWeight: true,
  oomScoreAdj: 0,
  ipcMounts: ["/dev/mqueue", "/dev/shm"],
  devices: [{ path: "/dev/sda", type: "b", major: 8, minor: 0, fileMode: 0o660, uid: 0, gid: 6 }],
  thermalThrottles: ["/sys/devices/system/cpu/cpu0/thermal_throttle"],
};

const spec = aContainerSpec({ image: "example/web:1" });

const input: SpecInput = {
  id: containerId("0123456789abcdef"),
  spec,
  image: {
    user: "",
    env: ["PATH=/usr/bin:/bin", "LANG=C"],
    entrypoint: ["/entry"],
    cmd: ["serve"],
    volumes: [],
    workingDir: "/srv",
    labels: {},
  },
  user: { uid: 0, gid: 0, groups: [0], home: "/root" },
  rootPath: "/run/tallyman/bundles/0123456789ab/merged",
  granted: { devices: [], rules: [], environment: [], groups: [], mounts: [], hooks: {} },
  mounts: [{ kind: "bind", source: "/run/hosts", target: "/etc/hosts", readOnly: false }],
  namespacePaths: { network: "/run/tallyman/netns/0123456789ab" },
  noNewPrivileges: false,
  cgroupsPath: "/tallyman/0123456789ab",
  seccomp: {
    defaultAction: "SCMP_ACT_ERRNO",
    archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }],
    syscalls: [
      { names: ["read", "write"], action: "SCMP_ACT_ALLOW", args: [] },
      { names: ["mount"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_SYS_ADMIN"] } },
    ],
  },
  host,
};

const goldenOf = (name: string): string => `golden/${name}.json`;
const built = (
  changes: Partial<ContainerSpec>,
  facts: Partial<HostFacts> = {},
  decided: Partial<SpecInput> = {},
): string =>
  `${serializeSpec(buildSpec({ ...input, ...decided, spec: { ...spec, ...changes }, host: { ...host, ...facts } }))}\n`;

test("a plain container has Docker's defaults", async () => {
  await expect(built({})).toMatchFileSnapshot(goldenOf("defaults"));
});

test("everything that can be asked for", async () => {
  const asked: Partial<ContainerSpec> = {
    entrypoint: ["/bin/app"],
    command: ["--flag", "a b"],
    environment: { LANG: "de", EMPTY: "", LINES: "a\nb" },
    workingDir: "/app",
    hostname: "own",
    readOnly: true,
    init: true,
    capAdd: ["NET_ADMIN"],
    capDrop: ["mknod", "CAP_CHOWN"],
    security: { seccomp: "default", apparmor: "strict" },
    sysctls: { "net.ipv4.ip_unprivileged_port_start": "1024" },
    ulimits: [
      { name: "nofile", soft: 1024, hard: 4096 },
      { name: "memlock", soft: -1, hard: -1 },
    ],
    resources: { cpus: 1.5, memoryBytes: 268435456, pids: 100 },
  };
  const decided = { noNewPrivileges: true };
  await expect(built(asked, { appArmor: true }, decided)).toMatchFileSnapshot(goldenOf("everything"));
});

test("a container in a user namespace", async () => {
  const ids = { first: 300_000, count: 65_536 };
  const userNamespace = { path: "/run/tallyman/userns/0123456789ab", ids };
  await expect(built({}, {}, { userNamespace })).toMatchFileSnapshot(goldenOf("user-namespace"));
});

test("a privileged container on the host's network and cgroup v1", async () => {
  const asked = { privileged: true, network: "host" } as const;
  await expect(built(asked, { cgroupVersion: 1, swapAccounting: false })).toMatchFileSnapshot(
    goldenOf("privileged-host-network"),
  );
});

const granted: Granted = {
  devices: [{ path: "/dev/radio", type: "c", major: 81, minor: 3, fileMode: 0o660, uid: 0, gid: 44 }],
  rules: [{ allow: true, type: "c", major: 81, minor: 3, access: "rw" }],
  blockIo: { weight: 300, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1048576 }] },
  environment: ["RADIO=on"],
  groups: [44],
  mounts: [],
  hooks: { createRuntime: [{ path: "/usr/bin/tune", args: ["tune", "--once"] }] },
};

/** All of the host that can be asked for, short of everything. */
const hostAccess: Partial<ContainerSpec> = {
  hostNamespaces: ["pid", "ipc", "uts"],
  deviceRules: ["c 13:* rw"],
  annotations: { "run.oci.keep_original_groups": "1" },
  oomScoreAdj: -500,
  security: { noNewPrivileges: false, seccomp: "default", apparmor: "default", unmasked: true },
  resources: {
    ...{ cpuQuotaUs: 25_000, cpuPeriodUs: 50_000, cpuShares: 512, cpuset: "0-1" },
    ...{ memoryBytes: 67108864, memoryReservationBytes: 33554432, memorySwapBytes: -1 },
    ...{ swappiness: 10, oomKillDisabled: true },
  },
};
const hostMounts = [
  {
    kind: "bind",
    source: "/mnt",
    target: "/mnt",
    readOnly: true,
    propagation: "rslave",
    recursive: "readonly",
  },
  { kind: "tmpfs", target: "/scratch", options: ["exec", "uid=7", "ro"] },
] as const;

test.each([
  ["host-access", {}],
  ["host-access-cgroup-v1", { cgroupVersion: 1, blockIoWeight: false, capabilities: [], oomScoreAdj: 100 }],
] as const)("%s: namespaces, devices and resources of the host", async (name, facts) => {
  const asked = { ...input, spec: { ...spec, ...hostAccess }, granted, mounts: hostMounts };
  const made = serializeSpec(buildSpec({ ...asked, host: { ...host, ...facts } }));
  await expect(`${made}\n`).toMatchFileSnapshot(goldenOf(name));
});

test.each([
  [{}, "tallyman-default"],
  [{ privileged: true }, "unconfined"],
  [{ security: { ...spec.security, apparmor: "unconfined" } }, "unconfined"],
  [{ security: { ...spec.security, apparmor: "strict" } }, "strict"],
])("where the host has AppArmor, %j runs under %s", (asked, profile) => {
  const made = buildSpec({
    ...{ ...input, spec: { ...spec, ...asked }, host: { ...host, appArmor: true } },
    defaultAppArmor: "tallyman-default",
  });
  expect(made.process.apparmorProfile).toBe(profile);
});

test("who joins another one's IPC namespace has its /dev/shm in place of one of its own", () => {
  const shm = { kind: "bind", source: "/run/shm", target: "/dev/shm", readOnly: false } as const;
  const namespacePaths = { ...input.namespacePaths, ipc: "/run/ipc" };
  const made = buildSpec({ ...input, spec: { ...spec, ipc: "joined" }, mounts: [shm], namespacePaths });
  expect(made.linux.namespaces).toContainEqual({ type: "ipc", path: "/run/ipc" });
  const sources = made.mounts.filter(({ destination }) => destination === "/dev/shm");
  expect(sources.map(({ source }) => source)).toEqual(["/run/shm"]);
});

test("the same input gives the same bytes, in whatever order it is written", () => {
  expect(built({ environment: { A: "1", B: "2" }, capAdd: ["BPF", "LEASE"] })).toBe(
    built({ environment: { B: "2", A: "1" }, capAdd: ["lease", "CAP_BPF"] }),
  );
});

test("folders are mounted before what lies in them", () => {
  const mounts = ["/a/b/c", "/z", "/a"].map((target) => ({ kind: "tmpfs", target }) as const);
  const destinations = buildSpec({ ...input, mounts }).mounts.map(({ destination }) => destination);
  expect(destinations.slice(-3)).toEqual(["/a", "/z", "/a/b/c"]);
});

test("a mount of the user's takes the place of a default one", () => {
  const mounts = [{ kind: "tmpfs", target: "/dev/shm", sizeBytes: 1 } as const];
  const shm = buildSpec({ ...input, mounts }).mounts.filter(({ destination }) => destination === "/dev/shm");
  expect(shm.map(({ options }) => options.at(-1))).toEqual(["size=1"]);
});

test.each([
  ["CAPABILITY_UNAVAILABLE", { capAdd: ["SYS_RESOURCE"] }],
  ["UNKNOWN_CAPABILITY", { capDrop: ["NOPE"] }],
  ["APPARMOR_UNAVAILABLE", { security: { ...spec.security, apparmor: "strict" } }],
  ["BAD_WORKING_DIR", { workingDir: "/proc/self/fd/7" }],
  ["BAD_WORKING_DIR", { workingDir: "relative" }],
  ["BAD_SYSCTL", { sysctls: { "net.core.somaxconn": "1" }, network: "host" }],
  ["BAD_SYSCTL", { sysctls: { "net.../../kernel.panic": "1" } }],
  ["BAD_SYSCTL", { sysctls: { "kernel.shmmax": "1" }, ipc: "joined" }],
  ["BAD_SYSCTL", { sysctls: { "fs.mqueue.msg_max": "1" }, hostNamespaces: ["ipc"] }],
  ["BAD_ULIMIT", { ulimits: [{ name: "core", soft: 2, hard: 1 }] }],
] as const)("%s: %j", (code, asked) => {
  const capabilities = allCapabilities.filter((name) => name !== "CAP_SYS_RESOURCE");
  expect(() => built(asked as Partial<ContainerSpec>, { capabilities })).toThrow(
    expect.objectContaining({ code }) as Error,
  );
});
