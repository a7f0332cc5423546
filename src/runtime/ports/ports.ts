/** The published ports of one instance, held by processes for as long as there is a container that has them. */
import { codeOf, TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { portsMeet, type HeldPort } from "../../model/route.ts";
import { isAlive, type ProcessIdentity } from "../../sys/process.ts";
import { Turns } from "../turns.ts";
import { limiter } from "../image/limiter.ts";
import { portInUse } from "../network/listening-socket.ts";
import { findHolders, type FoundHolder } from "./find-holders.ts";
import { holderName, portOfHolder } from "./holder.ts";
import { endHolder, endLeftovers, startHolder, type HolderOptions } from "./start-holder.ts";
import type { Ports } from "./types.ts";

export interface PortsOptions extends HolderOptions {
  /** As the containers' records say. */
  readonly recorded: () => ReadonlyMap<ContainerId, readonly HeldPort[]>;
}

/** Its holder has the lock of the data directory: there is one at a time. */
export function openPorts(options: PortsOptions): Ports {
  return new HeldPorts(options);
}

class HeldPorts implements Ports {
  readonly #options: PortsOptions;
  readonly #turns = new Turns();
  /** Of a range, more than the processors can start would only wait for each other. */
  readonly #atOnce = limiter(4);
  #users: Map<ContainerId, readonly HeldPort[]> | undefined;
  /** By name of the holder. */
  #running = new Map<string, ProcessIdentity>();

  constructor(options: PortsOptions) {
    this.#options = options;
  }

  async hold(id: ContainerId, ports: readonly HeldPort[]): Promise<void> {
    this.#known().set(id, ports);
    const results = await Promise.allSettled(ports.map((port) => this.#settle(slotOf(port))));
    for (const [index, result] of results.entries()) {
      const port = ports[index];
      if (port && result.status === "rejected") throw await explain(port, result.reason);
    }
  }

  async release(id: ContainerId): Promise<void> {
    this.#known().delete(id);
    const wanted = this.#wanted();
    const unwanted = [...this.#running.keys()].filter((name) => !wanted.has(name));
    await Promise.all(unwanted.map((name) => this.#settle(slotIn(name))));
  }

  async sweep(keep: ReadonlySet<ContainerId>): Promise<void> {
    const found = findHolders(this.#options.paths);
    const users = this.#load(found);
    for (const id of [...users.keys()].filter((one) => !keep.has(one))) users.delete(id);
    const wanted = this.#wanted();
    for (const { name, process, leads } of found) {
      if (wanted.has(name)) {
        if (leads) this.#options.adopt?.(process.pid); // whoever started it may have been killed before
        continue;
      }
      this.#running.delete(name);
      const port = portOfHolder(name);
      await (leads ? endHolder({ port, leader: process }, this.#options) : endLeftovers(port, this.#options));
    }
    await this.mend().catch(() => undefined); // tried again when a container needs it, which is told why
  }

  async mend(): Promise<void> {
    const dead = [...this.#wanted().values()].filter((port) => !this.#isHeld(port));
    await Promise.all(dead.map((port) => this.#settle(slotOf(port))));
  }

  /** Ends who is no longer wanted there, then starts who is missing. */
  #settle(slot: string): Promise<void> {
    return this.#turns.take(slot, async () => {
      const wanted = [...this.#wanted().values()].filter((port) => slotOf(port) === slot);
      const names = new Set(wanted.map(holderName));
      for (const [name, process] of [...this.#running]) {
        if (slotIn(name) !== slot || names.has(name)) continue;
        this.#running.delete(name);
        await endHolder({ port: portOfHolder(name), leader: process }, this.#options);
      }
      for (const port of wanted) {
        if (!this.#isHeld(port)) await this.#start(port);
      }
    });
  }

  async #start(port: HeldPort): Promise<void> {
    const name = holderName(port);
    const start = async (): Promise<void> => {
      this.#running.set(name, await this.#atOnce(() => startHolder(port, this.#options)));
    };
    try {
      await start();
    } catch (error) {
      if (codeOf(error) !== "EADDRINUSE" || !(await endLeftovers(port, this.#options))) throw error;
      await start();
    }
  }

  /** By its own holder, or by one that is to go when its last user does: the port stays held between the two. */
  #isHeld(port: HeldPort): boolean {
    const own = this.#running.get(holderName(port));
    if (own !== undefined && isAlive(own)) return true;
    return [...this.#running].some(
      ([name, process]) => portsMeet(portOfHolder(name), port) && isAlive(process),
    );
  }

  #wanted(): ReadonlyMap<string, HeldPort> {
    const ports = [...this.#known().values()].flat();
    return new Map(ports.map((port) => [holderName(port), port]));
  }

  /** Read once: afterwards this process knows of every change. */
  #known(): Map<ContainerId, readonly HeldPort[]> {
    return this.#users ?? this.#load(findHolders(this.#options.paths));
  }

  #load(found: readonly FoundHolder[]): Map<ContainerId, readonly HeldPort[]> {
    this.#running = new Map(
      found.filter(({ leads }) => leads).map(({ name, process }) => [name, process] as const),
    );
    this.#users = new Map(this.#options.recorded());
    return this.#users;
  }
}

/** Ports that may meet: what is done about them is done in turn. */
function slotOf({ protocol, hostPort }: Pick<HeldPort, "protocol" | "hostPort">): string {
  return `${protocol}-${hostPort}`;
}

function slotIn(name: string): string {
  return name.split("-", 2).join("-");
}

async function explain(port: HeldPort, cause: unknown): Promise<unknown> {
  const code = codeOf(cause);
  if (code !== "EADDRINUSE" && code !== "PORT_NOT_ANSWERED") return cause;
  const listener = await portInUse(port);
  if (listener === undefined && code === "PORT_NOT_ANSWERED") return cause;
  const program = listener?.process;
  const who = program === undefined ? "another program" : `${program.command} (process ${program.pid})`;
  return new TallymanError("PORT_TAKEN", `port ${port.hostPort} of ${port.hostAddress} is held by ${who}`, {
    hint: "Publish another port, or free this one.",
    cause,
  });
}
