/**
 * The other firewalls of this host, opened for what our bridges send and are sent: no rule of ours overrules another
 * table's drop. What was opened is recorded first, at `<dataDir>/firewalls.json`, and taken back with the last bridge.
 */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../model/error.ts";
import { rulesetGeneration } from "../../sys/ruleset-generation.ts";
import { writeFileAtomic } from "../../sys/write-file.ts";
import type { Instance } from "../instance.ts";
import type { RuntimePaths } from "../types.ts";
import { docker } from "./docker.ts";
import type { Firewall } from "./firewall.ts";
import { firewalld } from "./firewalld.ts";
import { ufw } from "./ufw.ts";

const known: readonly Firewall[] = [docker, ufw, firewalld];

export class Firewalls {
  readonly #path: string;
  readonly #dataDir: string;
  readonly #instance: Instance;
  /** Generations of the host's rules: when all were found open, and when that was last tried. */
  #openAt: number | undefined;
  #triedAt: number | undefined;
  #isWanted = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ dataDir }: RuntimePaths, instance: Instance) {
    this.#dataDir = dataDir;
    this.#path = join(dataDir, "firewalls.json");
    this.#instance = instance;
  }

  /** Opens those that are at work and closed. A question to the kernel where nobody has changed rules since. */
  open(): Promise<void> {
    this.#isWanted = true;
    return this.#inTurn(async () => {
      if (this.#openAt === rulesetGeneration()) return;
      try {
        for (const firewall of known) await this.#open(firewall);
        this.#openAt = rulesetGeneration();
      } finally {
        this.#triedAt = rulesetGeneration();
      }
    });
  }

  /** The same, and where one takes no rule of ours, whoever brings up the next bridge is told. */
  async keepOpen(): Promise<void> {
    await this.open().catch((error: unknown) => {
      if (codeOf(error) !== "FIREWALL_CLOSED") throw error;
    });
  }

  /** Opens again what was closed by a start or reload of theirs, as long as we have bridges. */
  async mend(): Promise<void> {
    if (this.#isWanted && this.#triedAt !== rulesetGeneration()) await this.keepOpen();
  }

  /** Takes back whatever was opened. */
  close(): Promise<void> {
    this.#isWanted = false;
    return this.#inTurn(async () => {
      this.#openAt = undefined;
      const opened = await this.#opened();
      for (const firewall of known.filter(({ name }) => opened.includes(name))) await this.#close(firewall);
      await rm(this.#path, { force: true });
    });
  }

  async #open(firewall: Firewall): Promise<void> {
    const { name } = firewall;
    try {
      if (!(await firewall.isClosed(this.#instance))) return;
      const opened = await this.#opened();
      if (!opened.includes(name)) await this.#record([...opened, name]);
      await firewall.open(this.#instance);
    } catch (cause) {
      const why = `${name} stops what containers send, and takes no rule of ours`;
      const hint = `Let it pass by hand, or mend ${name}: src/runtime/firewalls/README.md has the rules.`;
      throw new TallymanError("FIREWALL_CLOSED", why, { hint, cause });
    }
  }

  /** One that is not installed any more has nothing of ours. */
  async #close(firewall: Firewall): Promise<void> {
    await firewall.close(this.#instance).catch((error: unknown) => {
      if (codeOf(error) !== "COMMAND_NOT_STARTED") throw error;
    });
  }

  async #opened(): Promise<readonly string[]> {
    try {
      const record = JSON.parse(await readFile(this.#path, "utf8")) as {
        readonly opened?: readonly string[];
      };
      return record.opened ?? [];
    } catch (error) {
      if (codeOf(error) === "ENOENT") return [];
      if (error instanceof SyntaxError) return known.map(({ name }) => name); // closing is harmless
      throw error;
    }
  }

  async #record(opened: readonly string[]): Promise<void> {
    await mkdir(this.#dataDir, { recursive: true, mode: 0o700 });
    await writeFileAtomic(this.#path, `${JSON.stringify({ formatVersion: 1, opened })}\n`);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
