/**
 * The disk that every machine of the tests begins with: a clean Debian 12 with systemd, and what a user has before
 * Tallyman: git, curl, and Node. Built once (some two minutes) in `.cache/vm`, then only read.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { appendFile, cp, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../src/sys/run.ts";

export interface BaseDisk {
  /** A raw ext4 file system. */
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
}

const cache = fileURLToPath(new URL("../../.cache/vm", import.meta.url));
const packages = [
  ...["systemd-sysv", "udev", "dbus", "iproute2", "initramfs-tools", "linux-image-cloud-amd64"],
  ...["ca-certificates", "curl", "git", "qemu-guest-agent"],
];
const buildTimeoutMs = 20 * 60_000;

export async function baseDisk(): Promise<BaseDisk> {
  const recipe = readFileSync(fileURLToPath(import.meta.url));
  const key = createHash("sha256").update(recipe).update(process.version).digest("hex").slice(0, 12);
  const place = join(cache, key);
  if (!existsSync(place)) await build(place);
  return { disk: join(place, "disk"), kernel: join(place, "vmlinuz"), initrd: join(place, "initrd") };
}

async function build(place: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "building-"));
  const root = join(folder, "root");
  const source = /^URIs:\s*(\S+)/m.exec(readFileSync(debianSources, "utf8"))?.[1] ?? "";
  const options = ["--variant=minbase", `--include=${packages.join()}`];
  await run("debootstrap", [...options, "bookworm", root, source], { timeoutMs: buildTimeoutMs });
  await configure(root);
  await addHostNode(root);
  await addHostRegistries(root);
  for (const [name, file] of [
    ["vmlinuz", "vmlinuz-"],
    ["initrd", "initrd.img-"],
  ] as const) {
    const found = readdirSync(join(root, "boot")).find((entry) => entry.startsWith(file));
    await cp(join(root, "boot", found ?? file), join(folder, name));
  }
  await run(
    "mke2fs",
    ["-q", "-t", "ext4", "-E", "lazy_itable_init=0", "-d", root, join(folder, "disk"), "12G"],
    {
      timeoutMs: buildTimeoutMs,
    },
  );
  await rm(root, { recursive: true });
  await rename(folder, place);
}

/** A network by DHCP, the agent that takes the tests' commands, and no wait that a test machine does not need. */
async function configure(root: string): Promise<void> {
  const network = "[Match]\nName=en*\n[Network]\nDHCP=yes\n";
  await writeFile(join(root, "etc/systemd/network/20-wired.network"), network);
  await writeFile(join(root, "etc/resolv.conf"), "nameserver 10.0.2.3\n");
  await writeFile(join(root, "etc/hostname"), "clean\n");
  await appendFile(join(root, "etc/hosts"), "127.0.0.1 localhost clean\n");
  // QEMU is given the initrd: one that busybox-static has made anew, in five minutes, would never be used.
  await writeFile(join(root, "etc/initramfs-tools/update-initramfs.conf"), "update_initramfs=no\n");
  await run("chroot", [root, "systemctl", "enable", "systemd-networkd.service"]);
}

/** The host's Node and npm, as a user would have installed them. */
async function addHostNode(root: string): Promise<void> {
  const node = hostNode();
  const npm = dirname(dirname(realpathSync(join(dirname(node), "npm"))));
  await cp(node, join(root, "usr/bin/node"));
  cpSync(npm, join(root, "usr/lib/node_modules/npm"), { recursive: true });
  const command = '#!/bin/sh\nexec node /usr/lib/node_modules/npm/bin/npm-cli.js "$@"\n';
  await writeFile(join(root, "usr/bin/npm"), command, { mode: 0o755 });
}

/** Not the one in node_modules, which is the project's own. */
function hostNode(): string {
  const folders = (process.env["PATH"] ?? "").split(":").filter((folder) => !folder.includes("node_modules"));
  const found = folders.map((folder) => join(folder, "node")).find((path) => existsSync(path));
  if (found === undefined) throw new Error("this host has no Node of its own on PATH");
  return realpathSync(found);
}

const debianSources = "/etc/apt/sources.list.d/debian.sources";

/** Whatever this host needs to reach Debian's packages and npm's: a machine behind it needs the same. */
async function addHostRegistries(root: string): Promise<void> {
  await writeFile(join(root, "etc/apt/sources.list"), "");
  await cp(debianSources, join(root, debianSources));
  const bundle = "/etc/ssl/certs/ca-certificates.crt";
  await cp(bundle, join(root, bundle));
  const options = ["registry", "cafile"] as const;
  const lines = await Promise.all(
    options.map(async (option) => {
      const { stdout } = await run("npm", ["config", "get", option], { env: { PATH: pathOfHost() } });
      return [option, stdout.trim()] as const;
    }),
  );
  const known = lines.filter(([, value]) => value !== "" && value !== "null" && value !== "undefined");
  const cafile = known.find(([option]) => option === "cafile")?.[1];
  if (cafile !== undefined) {
    await mkdir(join(root, dirname(cafile)), { recursive: true });
    await cp(cafile, join(root, cafile));
  }
  await writeFile(join(root, "root/.npmrc"), known.map(([option, value]) => `${option}=${value}\n`).join(""));
}

const pathOfHost = (): string => `${dirname(hostNode())}:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin`;
