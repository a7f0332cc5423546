/** A virtual machine by software emulation: boots, runs commands, loses its power, boots again from the same disk. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../src/sys/run.ts";
import { baseDisk, type BaseDisk } from "./base-disk.ts";
import { GuestAgent, type GuestResult } from "./guest-agent.ts";

const bootTimeoutMs = 20 * 60_000;

export class Machine implements AsyncDisposable {
  readonly #folder: string;
  readonly #base: BaseDisk;
  #qemu: ChildProcess | undefined;
  #agent: GuestAgent | undefined;

  private constructor(folder: string, base: BaseDisk) {
    this.#folder = folder;
    this.#base = base;
  }

  /** Off. It has this checkout's last commit in `/mnt/tallyman.git`. */
  static async create(): Promise<Machine> {
    const base = await baseDisk();
    const folder = await mkdtemp(join(tmpdir(), "vm-"));
    const cargo = join(folder, "cargo");
    await mkdir(cargo);
    const checkout = fileURLToPath(new URL("../..", import.meta.url));
    await run("git", ["clone", "--quiet", "--bare", "--no-hardlinks", checkout, join(cargo, "tallyman.git")]);
    await run("mke2fs", ["-q", "-t", "ext4", "-d", cargo, join(folder, "cargo.img"), "256M"]);
    const overlay = ["-q", "-f", "qcow2", "-F", "raw", "-b", base.disk, join(folder, "disk")];
    await run("qemu-img", ["create", ...overlay]);
    return new Machine(folder, base);
  }

  /** Resolves when it takes commands. */
  async boot(): Promise<void> {
    const socket = join(this.#folder, "agent");
    await rm(socket, { force: true });
    // However the tests end, the machine ends with them.
    const command = ["--pdeathsig", "KILL", "qemu-system-x86_64", ...this.#arguments(socket)];
    const qemu = spawn("setpriv", command, { stdio: "inherit" });
    this.#qemu = qemu;
    const ended = new AbortController();
    qemu.once("exit", () => ended.abort());
    try {
      this.#agent = await GuestAgent.connect(socket, { withinMs: bootTimeoutMs, signal: ended.signal });
    } catch (cause) {
      const serial = await readFile(join(this.#folder, "serial"), "utf8").catch(() => "");
      throw new Error(`the machine does not come up:\n${serial.slice(-2000)}`, { cause });
    }
    await this.succeeds("mountpoint -q /mnt || mount -o ro /dev/vdb /mnt", { withinMs: bootTimeoutMs });
  }

  /** Runs a line for the shell, as root. */
  async run(line: string, options: { readonly withinMs: number }): Promise<GuestResult> {
    if (!this.#agent) throw new Error("the machine is off");
    return this.#agent.run(line, options);
  }

  /** The same, where anything but exit code 0 is an error; its standard output. */
  async succeeds(line: string, options: { readonly withinMs: number }): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(line, options);
    if (exitCode === 0) return stdout;
    throw new Error(`in the machine: ${line}\nended with ${exitCode}\n${stdout}\n${stderr}`);
  }

  /** At once: what has not reached the disk is lost. */
  async pullThePlug(): Promise<void> {
    this.#agent?.[Symbol.dispose]();
    this.#agent = undefined;
    const qemu = this.#qemu;
    this.#qemu = undefined;
    if (!qemu || qemu.exitCode !== null || qemu.signalCode !== null) return;
    qemu.kill("SIGKILL");
    await once(qemu, "exit");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pullThePlug();
    await rm(this.#folder, { recursive: true });
  }

  #arguments(socket: string): readonly string[] {
    const file = (name: string): string => join(this.#folder, name);
    return [
      ...["-machine", "q35,hpet=off", "-cpu", "max", "-m", "4096", "-smp", "2"],
      ...["-accel", "tcg,thread=single"],
      ...["-display", "none", "-no-reboot", "-serial", `file:${file("serial")}`],
      ...["-kernel", this.#base.kernel, "-initrd", this.#base.initrd],
      ...["-append", "root=/dev/vda rw console=ttyS0 quiet net.ifnames=1 mitigations=off tsc=reliable"],
      ...["-drive", `file=${file("disk")},if=virtio,format=qcow2`],
      ...["-drive", `file=${file("cargo.img")},if=virtio,format=raw,readonly=on`],
      ...["-nic", "user,model=virtio-net-pci", "-device", "virtio-serial"],
      ...["-chardev", `socket,id=agent,path=${socket},server=on,wait=off`],
      ...["-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"],
    ];
  }
}
