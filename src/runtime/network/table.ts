/**
 * Our nftables table of one family in the kernel. No other table is ever listed or touched.
 * Changes are written one after the other, those that wait together, each as its difference from what the kernel has.
 * What it has is read again only where somebody has changed rules since, and the whole is written where it is not as
 * it should be.
 */
import { codeOf } from "../../model/error.ts";
import type { Family } from "../../model/ip-range.ts";
import { chainExists } from "../../sys/chain-exists.ts";
import { run } from "../../sys/run.ts";
import { rulesetGeneration } from "../../sys/ruleset-generation.ts";
import type { Instance } from "../instance.ts";
import { balancedChains } from "./balanced.ts";
import { forgetFlows } from "./forget-flows.ts";
import { OwnChanges } from "./own-changes.ts";
import { parseRuleset, type ReadRuleset } from "./parse-ruleset.ts";
import { nothingIn, type Published } from "./published.ts";
import { changeText, emptyRulesetText, rulesetText, spareChainsText, tableOf } from "./ruleset.ts";

export type Change = (published: Published) => Published;

export class Table {
  readonly #instance: Instance;
  readonly #family: Family;
  readonly #ours: OwnChanges;
  /** As of a generation of the host's rules. */
  #known: { readonly generation: number; readonly ruleset: ReadRuleset | undefined } | undefined;
  /** What it did when it was last seen whole: somebody may take it away. */
  #whole: Published | undefined;
  #waiting: Change[] = [];
  #scheduled: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** @param ours Shared with the table of the other family. */
  constructor(instance: Instance, family: Family = 4, ours = new OwnChanges()) {
    this.#instance = instance;
    this.#family = family;
    this.#ours = ours;
  }

  /** What the kernel does now; undefined where the table is not there. */
  async read(): Promise<Published | undefined> {
    return (await this.#read())?.published;
  }

  /** Whether the table is there with all its rules. */
  async isWhole(): Promise<boolean> {
    return (await this.#read())?.isWhole === true;
  }

  /** As far as one of its chains tells. */
  isThere(): boolean {
    const family = this.#family === 4 ? "ip" : "ip6";
    return chainExists({ family, table: this.#instance.table, chain: "nat-prerouting" });
  }

  /** Makes the table what `change` makes of it, and mends it where it is not whole. */
  change(change: Change): Promise<void> {
    this.#waiting.push(change);
    if (this.#scheduled === undefined) {
      this.#scheduled = this.#last.then(() => {
        const changes = this.#waiting;
        this.#waiting = [];
        this.#scheduled = undefined;
        return this.#apply((published) => changes.reduce((all, each) => each(all), published));
      });
      this.#last = this.#scheduled.catch(() => undefined); // each of its callers is told of the failure
    }
    return this.#scheduled;
  }

  /** Writes it again where somebody has taken all of it away. */
  async mend(): Promise<void> {
    if (this.#whole !== undefined && !this.isThere()) await this.change((published) => published);
  }

  async remove(): Promise<void> {
    await this.#last;
    this.#known = undefined;
    this.#whole = undefined;
    await run("nft", ["-f", "-"], { input: emptyRulesetText(this.#instance, this.#family) });
  }

  async #apply(change: Change): Promise<void> {
    const found = await this.#read();
    const before = found?.published ?? nothingIn(this.#family);
    const after = change(found?.isWhole === true ? before : (this.#whole ?? before));
    const used = balancedChains(after);
    const spare = [...(found?.spareChains ?? []), ...balancedChains(before).keys()].filter(
      (name) => !used.has(name),
    );
    const isKnown = found?.isWhole === true && (await this.#changed(before, after));
    if (!isKnown)
      await this.#write(rulesetText(this.#instance, after), { published: after, spareChains: spare });
    await forgetFlows(before, after);
    if (spare.length > 0) await this.#takeAway(spare, after);
  }

  /** False where the table is not as it was read. */
  async #changed(before: Published, after: Published): Promise<boolean> {
    try {
      await this.#write(changeText(this.#instance, before, after), { published: after });
      return true;
    } catch (error) {
      if (codeOf(error) !== "COMMAND_FAILED") throw error;
      return false;
    }
  }

  async #takeAway(spareChains: readonly string[], published: Published): Promise<void> {
    try {
      await this.#write(spareChainsText(this.#instance, spareChains, this.#family), { published });
    } catch (error) {
      if (codeOf(error) !== "COMMAND_FAILED") throw error; // before Linux 6.2 they are in use for a moment longer
    }
  }

  /** Where somebody else changes rules at this moment, what we know of ours is read anew the next time. */
  async #write(
    text: string,
    { published, spareChains = [] }: Pick<ReadRuleset, "published"> & Partial<ReadRuleset>,
  ): Promise<void> {
    if (text === "") return;
    const before = this.#known;
    this.#known = undefined;
    await run("nft", ["-f", "-"], { input: text });
    this.#whole = published;
    const generation = rulesetGeneration();
    if (before === undefined) return;
    const [own, ...others] = this.#ours.others(before.generation, generation);
    if (own === undefined || others.length > 0) return;
    this.#ours.note(own);
    this.#known = { generation, ruleset: { published, isWhole: true, spareChains } };
  }

  async #read(): Promise<ReadRuleset | undefined> {
    const generation = rulesetGeneration();
    const known = this.#known;
    if (known && this.#ours.others(known.generation, generation).length === 0) {
      this.#known = { ...known, generation };
      return known.ruleset;
    }
    const ruleset = await readRuleset(this.#instance, this.#family);
    this.#known = { generation, ruleset };
    if (ruleset?.isWhole === true) this.#whole = ruleset.published;
    return ruleset;
  }
}

async function readRuleset(instance: Instance, family: Family): Promise<ReadRuleset | undefined> {
  try {
    const { stdout } = await run("nft", ["-j", "list", "table", ...tableOf(instance, family).split(" ")]);
    return parseRuleset(stdout, family);
  } catch (error) {
    if (error instanceof Error && error.message.includes("No such file or directory")) return undefined;
    throw error;
  }
}
