/** Hosts of a test on this machine: each a network of its own, and a view of the files in which some are its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { run, type RunResult } from "../../src/sys/run.ts";

export interface TestHost extends AsyncDisposable {
  readonly netnsPath: string;
  /** Put before a command line, it is run there. */
  readonly inside: readonly string[];
  /** Runs a command there to its end. */
  run(command: string, ...args: readonly string[]): Promise<RunResult>;
}

export interface HostOptions {
  /** Folders that it may change without anybody else seeing it. */
  readonly ownFolders?: readonly string[];
}

/** It ends with all that runs in its network, or when disposed of. */
export async function aHost({ ownFolders = [] }: HostOptions = {}): Promise<TestHost> {
  const child = spawn(
    "unshare",
    ["--net", "--mount", "--propagation=private", "sh", "-ec", setUp, "sh", ...ownFolders],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const ended = once(child, "close");
  await Promise.race([
    once(child.stdout, "data"),
    ended.then(() => Promise.reject(new Error("the host could not be made"))),
  ]);
  const pid = `${child.pid}`;
  const inside = ["nsenter", `--target=${pid}`, "--net", "--mount"];
  const [nsenter = "", ...args] = inside;
  return {
    netnsPath: `/proc/${pid}/ns/net`,
    inside,
    run: (command, ...more) => run(nsenter, [...args, command, ...more]),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** What is below /sys/class/net is that of the network in which it was mounted. */
const setUp = `
  ip link set lo up
  mount --rbind /sys/fs/cgroup /mnt
  mount -t sysfs sysfs /sys
  mount --rbind /mnt /sys/fs/cgroup
  umount -R /mnt
  for folder; do
    mount -t tmpfs tmpfs /mnt
    cp -a "$folder/." /mnt
    mount --move /mnt "$folder"
  done
  echo ready
  exec cat
`;

/** Joins two hosts by a wire: the first is 198.18.0.1, the second 198.18.0.2 and sends what is for others to the first. */
export async function wire(first: TestHost, second: TestHost): Promise<void> {
  const other = second.netnsPath.split("/")[2] ?? "";
  await first.run("ip", "link", "add", "wire0", "type", "veth", "peer", "name", "wire0", "netns", other);
  await first.run("ip", "address", "add", "198.18.0.1/30", "dev", "wire0");
  await first.run("ip", "link", "set", "wire0", "up");
  await second.run("ip", "address", "add", "198.18.0.2/30", "dev", "wire0");
  await second.run("ip", "link", "set", "wire0", "up");
  await second.run("ip", "route", "add", "default", "via", "198.18.0.1");
}
