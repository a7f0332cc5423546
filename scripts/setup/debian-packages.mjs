/** Host programs, from Debian. What is there from elsewhere (such as the runc of Docker's own packages) is used as it is. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run, say, SetupError } from "./report.mjs";

/** Debian package to the file that shows that it is there: a program's name, or an absolute path. */
const toRun = {
  runc: "runc",
  conmon: "conmon",
  nftables: "nft",
  iproute2: "ip",
  conntrack: "conntrack",
  "dnsmasq-base": "dnsmasq",
  socat: "socat",
  "containernetworking-plugins": ["/usr/lib/cni/bridge", "/opt/cni/bin/bridge"],
  "golang-github-containers-common": "/usr/share/containers/seccomp.json",
  // Debian's other busybox has the same files but needs a C library; an image of it alone could not run.
  "busybox-static": existsSync("/var/lib/dpkg/info") ? "/var/lib/dpkg/info/busybox-static.list" : "busybox",
  tini: "tini-static",
  git: "git",
  "util-linux": "unshare",
};
const toTest = {
  "docker-registry": "docker-registry",
  skopeo: "skopeo",
  umoci: "umoci",
  crun: "crun",
  jq: "jq",
  curl: "curl",
  openssl: "openssl",
  procps: "ps",
  tmux: "tmux",
  ufw: "ufw",
  nginx: "nginx",
  wrk: "wrk",
};

const toRunMachines = {
  "qemu-system-x86": "qemu-system-x86_64",
  "qemu-utils": "qemu-img",
  debootstrap: "debootstrap",
  e2fsprogs: "mke2fs",
};

export function debianPackages({ forTests, forMachines }) {
  const needed = Object.entries({ ...toRun, ...(forTests && toTest), ...(forMachines && toRunMachines) });
  const missing = () => needed.filter(([, files]) => ![files].flat().some(isThere)).map(([name]) => name);
  return { isDone: () => missing().length === 0, run: () => install(missing()) };
}

async function install(names) {
  if (!isThere("apt-get")) {
    throw new SetupError(
      `This host has no apt-get, and these programs are missing (by their Debian names):\n  ${names.join(" ")}\n` +
        "Install them by hand, then run this again.",
    );
  }
  await aptGet(["update"], "refreshing Debian's package lists");
  await checkRemovals(names);
  await aptGet(["install", ...installOptions, ...names], `installing Debian packages: ${names.join(" ")}`);
  for (const service of startedByThemselves.filter((name) => names.includes(name)))
    await keepFromRunning(service);
}

/** No recommended packages, and an administrator's configuration files stay as they are. */
const installOptions = [
  "--yes",
  "--no-install-recommends",
  "-o",
  "Dpkg::Options::=--force-confdef",
  "-o",
  "Dpkg::Options::=--force-confold",
];

/** Debian's runc takes the place of Docker's containerd.io, for one: nothing of that kind happens unasked. */
async function checkRemovals(names) {
  const forecast = await aptGet(["install", "--simulate", ...installOptions, ...names]);
  const removed = [...forecast.matchAll(/^Remv (\S+)/gm)].map(([, name]) => name);
  const lost = removed.filter((name) => name !== "busybox");
  if (lost.length > 0) {
    throw new SetupError(
      `Installing ${names.join(" ")} would remove ${lost.join(" ")}.\n` +
        `Nothing was changed. To have it so, run: apt-get install ${names.join(" ")}`,
    );
  }
  if (removed.length > 0)
    say("busybox-static takes the place of busybox (the same program, without a C library)");
}

/** The tests start these themselves; where systemd runs, Debian's packages start them, too, each on a usual port. */
const startedByThemselves = ["docker-registry", "nginx"];

async function keepFromRunning(service) {
  if (!existsSync("/run/systemd/system")) return;
  await run("systemctl", ["disable", "--now", service]);
  say(`the service ${service}, which its package starts, is stopped and disabled`);
}

function aptGet(args, doing) {
  const env = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" };
  return run("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=120", ...args], { env, doing });
}

/** As the runtime looks for programs: where PATH says, and where an administrator's are. */
const programFolders = [...process.env.PATH.split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];

function isThere(file) {
  return file.startsWith("/")
    ? existsSync(file)
    : programFolders.some((folder) => existsSync(join(folder, file)));
}
