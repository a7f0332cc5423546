import { expect, test } from "vitest";
import { judgeAppArmor } from "../../../src/runtime/doctor/app-armor.ts";
import { effectiveCapabilities, judgeCapabilities } from "../../../src/runtime/doctor/capabilities.ts";
import { judgeCniPlugins } from "../../../src/runtime/doctor/cni-plugins.ts";
import { judgeConmon } from "../../../src/runtime/doctor/conmon.ts";
import { judgeDataFolder } from "../../../src/runtime/doctor/data-folder.ts";
import { judgeFreeSpace } from "../../../src/runtime/doctor/free-space.ts";
import { judgeNftables } from "../../../src/runtime/doctor/nftables.ts";
import { judgeOverlayfs } from "../../../src/runtime/doctor/overlayfs.ts";
import { judgePrograms } from "../../../src/runtime/doctor/programs.ts";
import { judgeRoot } from "../../../src/runtime/doctor/root.ts";
import { judgeRunFolder, type RunFolderFacts } from "../../../src/runtime/doctor/run-folder.ts";
import { judgeSeccompProfile } from "../../../src/runtime/doctor/seccomp-profile.ts";
import { judgeUserNamespaces } from "../../../src/runtime/doctor/user-namespaces.ts";

const gibibyte = 1024 ** 3;
const dataDir = "/var/lib/tallyman";
const disk = { dataDir, freeBytes: 80 * gibibyte, files: 1_000_000, freeFiles: 900_000 };
const namespaceHost = { dataDir, kernel: "6.1.0-18-amd64" };
const runFolder = (mode: number, above: number): RunFolderFacts => ({
  runDir: "/closed/run",
  folders: [
    { path: "/closed/run", mode: 0o40000 | mode },
    { path: "/closed", mode: 0o40000 | above },
    { path: "/", mode: 0o40755 },
  ],
});
const allBut = (...bits: number[]): readonly string[] => {
  const mask = bits.reduce((all, bit) => all & ~(1n << BigInt(bit)), 0x1ffffffffffn);
  return effectiveCapabilities(`CapPrm:\t0\nCapEff:\t${mask.toString(16)}\nCapBnd:\t0\n`);
};
const [netAdmin, sysAdmin, sysResource] = [12, 21, 24];

test.each([
  ["root is root", judgeRoot(0), "ok", "root"],
  ["a plain user is not", judgeRoot(1000), "missing", "user 1000"],

  ["all capabilities are enough", judgeCapabilities(allBut()), "ok", "all"],
  [
    "without CAP_SYS_ADMIN nothing runs",
    judgeCapabilities(allBut(sysAdmin)),
    "missing",
    "CAP_SYS_ADMIN: no mounts",
  ],
  [
    "without CAP_NET_ADMIN nothing runs",
    judgeCapabilities(allBut(netAdmin)),
    "missing",
    "CAP_NET_ADMIN: no bridge",
  ],
  [
    "without CAP_SYS_RESOURCE limits bind",
    judgeCapabilities(allBut(sysResource)),
    "warning",
    "CAP_SYS_RESOURCE: ulim",
  ],
  ["all that is lacking is named", judgeCapabilities([]), "missing", "CAP_SYS_RESOURCE"],

  ["the conmon of Debian 12 is well", judgeConmon("conmon version 2.1.6\ncommit: unknown\n"), "ok", "2.1.6"],
  [
    "an older conmon was not tried",
    judgeConmon("conmon version 2.0.25\n"),
    "warning",
    "2.0.25 is older than 2.1.6",
  ],
  ["a conmon that is not there", judgeConmon(undefined), "missing", "not installed"],
  ["a conmon of no version", judgeConmon("conmon"), "warning", "not known"],

  [
    "overlayfs in the kernel",
    judgeOverlayfs({ filesystems: "nodev\toverlay\n", loadable: false }),
    "ok",
    "in the",
  ],
  ["overlayfs as a module", judgeOverlayfs({ filesystems: "\text4\n", loadable: true }), "ok", "module"],
  [
    "no overlayfs",
    judgeOverlayfs({ filesystems: "\text4\nnodev\tnotoverlay\n", loadable: false }),
    "missing",
    "not",
  ],

  ["data on ext4", judgeDataFolder({ dataDir, type: 0xef53 }), "ok", "ext4"],
  ["data in memory", judgeDataFolder({ dataDir, type: 0x01021994 }), "warning", "lost at a reboot"],
  ["data on overlayfs", judgeDataFolder({ dataDir, type: 0x794c7630 }), "missing", "overlayfs"],
  ["data on a network", judgeDataFolder({ dataDir, type: 0x6969 }), "missing", "nfs"],
  ["data on an unknown file system", judgeDataFolder({ dataDir, type: 0xabc }), "warning", "0xabc"],

  ["a run directory that all can enter", judgeRunFolder(runFolder(0o755, 0o711)), "ok", "/closed/run"],
  [
    "a run directory below a folder that only root can enter",
    judgeRunFolder(runFolder(0o755, 0o700)),
    "warning",
    "cannot enter /closed (mode 0700): containers find nobody by name",
  ],
  [
    "a run directory that only root and its group can enter",
    judgeRunFolder(runFolder(0o750, 0o755)),
    "warning",
    "cannot enter /closed/run (mode 0750)",
  ],

  ["room enough", judgeFreeSpace(disk), "ok", "80.0 GiB"],
  ["little room", judgeFreeSpace({ ...disk, freeBytes: gibibyte }), "warning", "only 1.0 GiB"],
  ["few inodes", judgeFreeSpace({ ...disk, freeFiles: 12 }), "warning", "only 12 more files"],
  ["no limit on inodes", judgeFreeSpace({ ...disk, files: 0, freeFiles: 0 }), "ok", "80.0 GiB"],

  ["nft answers", judgeNftables({ kind: "answers" }), "ok", "take our rules"],
  ["no nft", judgeNftables({ kind: "not installed" }), "missing", "not installed"],
  [
    "a kernel that refuses",
    judgeNftables({ kind: "fails", reason: "not permitted" }),
    "missing",
    "not permitted",
  ],

  ["all plugins", judgeCniPlugins(() => true), "ok", "bridge, host-local, static"],
  [
    "one plugin of three",
    judgeCniPlugins((plugin) => plugin === "bridge"),
    "missing",
    "no host-local and no static in",
  ],

  ["a seccomp profile", judgeSeccompProfile(true), "ok", "/usr/share/containers/seccomp.json"],
  ["no seccomp profile", judgeSeccompProfile(false), "missing", "no /usr/share/containers/seccomp.json"],

  [
    "user namespaces",
    judgeUserNamespaces({ kind: "works", ...namespaceHost, ids: { first: 400_000, count: 65_536 } }),
    "ok",
    "400000 to 465535",
  ],
  [
    "a file system for which there are no user namespaces",
    judgeUserNamespaces({ kind: "fails", ...namespaceHost, reason: "mount_setattr: EINVAL" }),
    "warning",
    "containers cannot have one: mount_setattr: EINVAL",
  ],
  [
    "a kernel that is too old for user namespaces",
    judgeUserNamespaces({ kind: "fails", ...namespaceHost, kernel: "5.18.0-4-amd64", reason: "EINVAL" }),
    "warning",
    "Linux 5.18.0-4-amd64: containers cannot have one before 5.19",
  ],
  ["user namespaces as a plain user", judgeUserNamespaces({ kind: "not root" }), "warning", "only root"],

  ["AppArmor", judgeAppArmor({ enabled: true, parser: true }), "ok", "active"],
  ["AppArmor without its parser", judgeAppArmor({ enabled: true, parser: false }), "warning", "no profile"],
  ["no AppArmor is no fault", judgeAppArmor({ enabled: false, parser: true }), "ok", "not active"],
] as const)("%s", (_name, check, status, detail) => {
  expect(check.status).toBe(status);
  expect(check.detail).toContain(detail);
  if (check.status === "missing") expect(check.remedy).toMatch(/\.$|apt-get install/);
});

test("of the smaller programs, those without which no container runs are missing, the others a warning", () => {
  expect(judgePrograms(() => undefined)).toMatchObject([
    { name: "ip", status: "missing", remedy: "Install it: apt-get install iproute2" },
    { name: "unshare", status: "missing", remedy: "Install it: apt-get install util-linux" },
    { name: "dnsmasq", status: "missing", remedy: "Install it: apt-get install dnsmasq-base" },
    { name: "socat", status: "missing", remedy: "Install it: apt-get install socat" },
    { name: "conntrack", status: "warning", remedy: "Install it: apt-get install conntrack" },
    { name: "tini-static", status: "warning", remedy: "Install it: apt-get install tini" },
    { name: "git", status: "warning", remedy: "Install it: apt-get install git" },
  ]);
  expect(judgePrograms((name) => `/usr/bin/${name}`).map(({ status }) => status)).toEqual([
    "ok",
    "ok",
    "ok",
    "ok",
    "ok",
    "ok",
    "ok",
  ]);
});
