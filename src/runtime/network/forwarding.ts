/**
 * Whether the host passes packets of IPv4 on, which our bridges need. Where it did not, it is switched on, and the links
 * that it had then are kept apart, so that it becomes no router among its neighbours; with our last bridge it is
 * switched off again, unless others have come who may rely on it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../model/error.ts";
import { chainExists } from "../../sys/chain-exists.ts";
import { run } from "../../sys/run.ts";
import { isBridgeOfInstance, tableOfBridge, type Instance } from "../instance.ts";
import type { RuntimePaths } from "../types.ts";
import {
  readForwardingRecord,
  removeForwardingRecord,
  writeForwardingRecord,
  type ForwardingRecord,
} from "./forwarding-record.ts";
import { forwardingText, noForwardingText } from "./forwarding-rules.ts";
import { readForwarding } from "./read-forwarding.ts";

const folder = "/proc/sys/net/ipv4";

export class Forwarding {
  readonly #paths: RuntimePaths;
  readonly #instance: Instance;
  /** This process has written the rules. */
  #isKept = false;

  constructor(paths: RuntimePaths, instance: Instance) {
    this.#paths = paths;
    this.#instance = instance;
  }

  /** For a bridge that is there already: an instance that goes at this moment, and would switch it off, sees it. */
  async open(): Promise<void> {
    const isOff = setting("ip_forward") === "0";
    if (this.#isKept && !isOff) return;
    // What is known of the host as it was: by now it is what we, or another instance, have made of it.
    const known = readForwardingRecord(this.#paths) ?? (await recordInForce());
    const record = known ?? (isOff ? before() : undefined);
    if (record === undefined) return;
    await writeForwardingRecord(this.#paths, record); // first: who is killed here leaves a host as it was
    await this.keep();
    if (isOff) switchOn();
  }

  /** Writes the rules anew, where it was us who switched it on. */
  async keep(): Promise<void> {
    const record = readForwardingRecord(this.#paths);
    if (record === undefined) return;
    await run("nft", ["-f", "-"], { input: forwardingText(this.#instance, record) });
    this.#isKept = true;
  }

  /** The same, where somebody has taken them away. */
  async mend(): Promise<void> {
    if (this.#isKept && !keepsLinksApart(this.#instance)) await this.keep();
  }

  /** When our bridges are gone. */
  async close(): Promise<void> {
    this.#isKept = false;
    const record = readForwardingRecord(this.#paths);
    if (record) switchOff(record);
    if (keepsLinksApart(this.#instance)) {
      await run("nft", ["-f", "-"], { input: noForwardingText(this.#instance) });
    }
    await removeForwardingRecord(this.#paths);
  }
}

/** The rules are there. */
export function keepsLinksApart({ table }: Pick<Instance, "table">): boolean {
  return chainExists({ family: "ip", table: `${table}-forwarding`, chain: "forward" });
}

/** Of whichever instance that is there. */
async function recordInForce(): Promise<ForwardingRecord | undefined> {
  const tables = new Set(linksOfHost().flatMap((link) => tableOfBridge(link) ?? []));
  const table = [...tables].find((each) => keepsLinksApart({ table: each }));
  return table === undefined ? undefined : readForwarding({ table });
}

function before(): ForwardingRecord {
  const links = linksOfHost().filter((link) => !isBridgeOfInstance(link));
  const passesOn = (link: string): boolean => setting(`conf/${link}/forwarding`) === "1";
  return {
    links,
    routers: ["default", ...links].filter(passesOn),
    bridges: links.filter((link) => existsSync(`/sys/class/net/${link}/bridge`)),
    acceptsRedirects: setting("conf/all/accept_redirects") === "1",
  };
}

function switchOn(): void {
  try {
    set("ip_forward", "1");
  } catch (cause) {
    throw new TallymanError("NO_FORWARDING", "net.ipv4.ip_forward is off and cannot be switched on", {
      hint: "Switch it on: sysctl -w net.ipv4.ip_forward=1",
      cause,
    });
  }
}

/** What came since may rely on it, and so may what comes while it is switched off. What is off is made whole all the same. */
function switchOff({ links, routers, acceptsRedirects }: ForwardingRecord): void {
  const hasOthers = (): boolean => linksOfHost().some((link) => !links.includes(link));
  if (setting("ip_forward") === "1") {
    if (hasOthers()) return;
    set("ip_forward", "0");
    if (hasOthers()) {
      set("ip_forward", "1");
      return;
    }
  }
  for (const link of routers) set(`conf/${link}/forwarding`, "1");
  if (!acceptsRedirects) set("conf/all/accept_redirects", "0");
}

function linksOfHost(): readonly string[] {
  return readdirSync(join(folder, "conf")).filter((name) => !["all", "default", "lo"].includes(name));
}

/** Undefined where its link has gone. */
function setting(name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), "utf8").trim();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function set(name: string, value: string): void {
  if (existsSync(join(folder, name))) writeFileSync(join(folder, name), value);
}
