/**
 * One dnsmasq for all containers that are on the same networks: a resolver takes the first answer as final, so that
 * one process has to know the names of all of a container's networks. It outlives us.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { findProgram } from "../../sys/find-program.ts";
import { launch } from "../../sys/launch.ts";
import { identify, signalProcess, type ProcessIdentity } from "../../sys/process.ts";
import { waitUntil } from "../../sys/wait-until.ts";
import { namespacePath } from "../network/namespace.ts";
import type { RuntimePaths } from "../types.ts";
import { firstAnswer } from "./first-answer.ts";
import { dottedNames, isOneWord, namesIn, readIfThere } from "./hosts-file.ts";
import {
  asksJust,
  asResolverUser,
  enteringNamespace,
  giveFolderToResolver,
  innerPort,
  isInNamespace,
  leadToInnerResolver,
  upstreamsFromInside,
} from "./inner-resolver.ts";
import { hostsFolder, reservedFolder, resolversFolder, shortHash } from "./layout.ts";
import { replaceFile } from "./replace-file.ts";

/** As it was started, in its own file. */
export interface ResolverRecord {
  /** In the order in which the containers have them. */
  readonly networks: readonly string[];
  /** Where its address is; absent where it is that of one container, in that one's namespace. */
  readonly bridge?: string;
  /** The network of that bridge: the first one when absent. */
  readonly on?: string;
  readonly inside?: ContainerId;
  readonly address: string;
  /** Empty: those of the host, as they change. */
  readonly upstreams: readonly string[];
  /** Further names for others; absent where there are none. */
  readonly links?: Readonly<Record<string, string>>;
}

export interface ResolverOptions {
  readonly paths: RuntimePaths;
  /** What to put before its command line so that it outlives the service that starts it. */
  readonly apart: readonly string[];
  /** Takes its process out of the cgroups of whoever starts it, where `apart` does not. */
  readonly adopt?: (pid: number) => void;
  /** Where the host says whom it asks, for those inside containers: the host's own when absent. */
  readonly resolvConfs?: readonly string[];
}

export interface StartOptions {
  /** Tried again soon by whoever looks: inside a container, what is in its way is not waited for. */
  readonly isMended?: boolean;
}

const sighup = 1;
const sigterm = 15;
const sigkill = 9;

const patienceMs = 2_000;

export class Resolver {
  readonly id: string;
  readonly #folder: string;
  readonly #options: ResolverOptions;

  private constructor(id: string, options: ResolverOptions) {
    this.id = id;
    this.#options = options;
    this.#folder = join(resolversFolder(options.paths), id);
  }

  /** The one for these networks and links, and who is asked for other names; it may not be there yet. */
  static of(
    { networks, upstreams, links, inside }: Omit<ResolverRecord, "bridge" | "on" | "address">,
    options: ResolverOptions,
  ): Resolver {
    const what = [[...networks].sort(), upstreams, ...[links, inside].filter((each) => each !== undefined)];
    return new Resolver(shortHash(JSON.stringify(what)), options);
  }

  static all(options: ResolverOptions): readonly Resolver[] {
    return namesIn(resolversFolder(options.paths)).map((id) => new Resolver(id, options));
  }

  get record(): ResolverRecord | undefined {
    const text = readIfThere(join(this.#folder, "record.json"));
    return text === undefined ? undefined : (JSON.parse(text) as ResolverRecord);
  }

  /** Written down first, so that whoever comes after us finds it. */
  write(record: ResolverRecord): ResolverRecord {
    mkdirSync(this.#folder, { recursive: true, mode: 0o755 });
    replaceFile(join(this.#folder, "record.json"), JSON.stringify(record));
    return record;
  }

  /** Where it is to be, and asking whom it is to ask. */
  get isRunning(): boolean {
    const { record } = this;
    const process = this.#process();
    if (process === undefined || record?.inside === undefined) return process !== undefined;
    const isAsAsked = asksJust(this.#upstreams(record), commandOf(process));
    return isAsAsked && isInNamespace(process.pid, namespacePath(this.#options.paths, record.inside));
  }

  addUser(id: ContainerId): void {
    mkdirSync(join(this.#folder, "users"), { recursive: true });
    writeFileSync(join(this.#folder, "users", id), "");
  }

  /** True where it was the last one. */
  removeUser(id: ContainerId): boolean {
    rmSync(join(this.#folder, "users", id), { force: true });
    return !this.isUsed;
  }

  get isUsed(): boolean {
    return namesIn(join(this.#folder, "users")).length > 0;
  }

  /** Its address has to be on the bridge. */
  async start({ isMended = false }: StartOptions = {}): Promise<void> {
    const { record } = this;
    if (record === undefined || this.isRunning) return;
    const { networks, address, links = {}, inside } = record;
    const namespace = inside && namespacePath(this.#options.paths, inside);
    if (namespace !== undefined && !existsSync(namespace)) return; // its container is about to go
    const { paths } = this.#options;
    const folders = [...networks.map((network) => hostsFolder(paths, network)), reservedFolder(paths)];
    const names = folders.flatMap(dottedNames);
    const linked = Object.keys(links).filter((name) => name.includes("."));
    this.#writeOwn(new Set([...names, ...linked]));
    const dnsmasq = findProgram("dnsmasq", "dnsmasq-base");
    const within = namespace === undefined ? [] : [...enteringNamespace(namespace), ...asResolverUser()];
    const all = [...this.#options.apart, ...within, dnsmasq, ...this.#arguments(record)];
    const [command = dnsmasq, ...args] = all;
    try {
      if (namespace !== undefined) {
        await this.#end();
        await giveFolderToResolver(dirname(this.#pidFile));
        await leadToInnerResolver(namespace);
      }
      const waitMs = isMended && namespace !== undefined ? 0 : patienceMs;
      await this.#launch(() => launch(command, args, { cwd: "/", env: {}, fds: [] }), waitMs);
      this.adopt();
      if (namespace === undefined) await firstAnswer(address);
    } catch (cause) {
      throw new TallymanError("RESOLVER_FAILED", `dnsmasq does not start on ${address}`, {
        hint:
          namespace === undefined
            ? "Does another program have port 53 of all addresses? See: ss -ulnp 'sport = 53'"
            : `Has a process of the container port ${innerPort}? Or raise fs.inotify.max_user_instances: each takes one.`,
        cause,
      });
    }
  }

  /** One that was killed may have its sockets for a moment longer; another process may have started it just now. */
  async #launch(start: () => Promise<void>, waitMs: number): Promise<void> {
    const deadline = performance.now() + waitMs;
    while (!this.isRunning) {
      try {
        await start();
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await delay(50);
      }
    }
  }

  /** No error where it does not run. */
  adopt(): void {
    const running = this.#process();
    if (running) this.#options.adopt?.(running.pid);
  }

  /**
   * Questions about these names never leave the host from now on, of whatever type. Of those without a dot it knows by
   * itself. What has gone stays known until it is started anew: nobody else is to be asked for that either.
   */
  own(names: readonly string[]): void {
    const text = readIfThere(this.#ownDomains);
    if (text === undefined) return;
    const known = new Set([...text.matchAll(/\/(.*)\//g)].flatMap(([, name = ""]) => name));
    const added = names.filter((name) => name.includes(".") && isOneWord(name) && !known.has(name));
    if (added.length === 0) return;
    this.#writeOwn(new Set([...known, ...added]));
    const process = this.#process();
    if (process) signalProcess(process, sighup);
  }

  async remove(): Promise<void> {
    await this.#end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    const running = this.#process();
    if (!running) return;
    signalProcess(running, sigterm);
    const gone = (): boolean => this.#process() === undefined;
    if (!(await waitUntil(gone, { timeoutMs: 5_000, pollMs: 5 }))) signalProcess(running, sigkill);
  }

  /** By the pid that it wrote down, if that is still the one that we started. */
  #process(): ProcessIdentity | undefined {
    const process = identify(Number(readIfThere(this.#pidFile) ?? "0"));
    return process && commandOf(process).includes(`--pid-file=${this.#pidFile}`) ? process : undefined;
  }

  get #pidFile(): string {
    return join(this.#folder, this.record?.inside === undefined ? "pid" : "run/pid");
  }

  get #ownDomains(): string {
    return join(this.#folder, "own-domains");
  }

  #arguments(record: ResolverRecord): readonly string[] {
    const { networks, address, links = {}, inside } = record;
    const { paths } = this.#options;
    for (const network of networks) mkdirSync(hostsFolder(paths, network), { recursive: true, mode: 0o755 });
    return [
      "--conf-file=/dev/null",
      "--no-hosts",
      ...networks.map((network) => `--hostsdir=${hostsFolder(paths, network)}`),
      ...Object.entries(links).map(([alias, name]) => `--cname=${alias},${name}`),
      `--listen-address=${address}`,
      ...(inside === undefined ? [] : [`--port=${innerPort}`]),
      "--bind-interfaces",
      "--domain-needed",
      `--servers-file=${this.#ownDomains}`,
      ...this.#upstreams(record),
      `--pid-file=${this.#pidFile}`,
      "--log-facility=/dev/null",
      "--user=dnsmasq",
    ];
  }

  #upstreams({ upstreams, inside }: ResolverRecord): readonly string[] {
    if (upstreams.length > 0) return ["--no-resolv", ...upstreams.map((server) => `--server=${server}`)];
    const { resolvConfs } = this.#options;
    return inside === undefined ? ["--resolv-file=/etc/resolv.conf"] : upstreamsFromInside(resolvConfs);
  }

  #writeOwn(names: ReadonlySet<string>): void {
    const lines = [...names].sort().map((name) => `server=/${name}/\n`);
    replaceFile(this.#ownDomains, lines.join(""));
  }
}

function commandOf({ pid }: ProcessIdentity): readonly string[] {
  return (readIfThere(`/proc/${pid}/cmdline`) ?? "").split("\0");
}
