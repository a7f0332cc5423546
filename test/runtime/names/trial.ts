/** Names of one test's own: containers as namespaces on the bridge of a trial network. */
import { Resolver } from "node:dns/promises";
import { instanceOf } from "../../../src/runtime/instance.ts";
import { openNames, type NamesOptions } from "../../../src/runtime/names/names.ts";
import type { BridgePlace, EnterRequest, Names } from "../../../src/runtime/names/types.ts";
import { openTables } from "../../../src/runtime/network/tables.ts";
import type { ContainerId } from "../../../src/model/ids.ts";
import { run } from "../../../src/sys/run.ts";
import { trialNetwork, type Trial } from "../network/trial.ts";
import { chmod, mkdir } from "node:fs/promises";
import { dirname } from "node:path";

export interface TrialNames extends Trial {
  readonly names: Names;
  /** As whoever comes after us opens it. */
  openNames(): Names;
  enter(id: ContainerId, request?: Partial<EnterRequest>): Promise<Entered>;
}

export interface Entered {
  readonly netnsPath: string;
  readonly address: string;
  /** Of its resolver. */
  readonly nameserver: string;
}

export async function trialNames(more: Pick<NamesOptions, "resolvConfs"> = {}): Promise<TrialNames> {
  const trial = await trialNetwork();
  // Resolvers have a user of their own.
  await chmod(dirname(trial.paths.runDir), 0o711);
  await mkdir(trial.paths.runDir, { mode: 0o711 });
  const open = (): Names =>
    openNames({ paths: trial.paths, apart: [], tables: openTables(instanceOf(trial.paths)), ...more });
  const names = open();
  const owned = new AsyncDisposableStack();
  owned.use(trial);
  owned.defer(() => names.sweep(new Set()));
  return {
    ...trial,
    names,
    openNames: open,
    enter: async (id, request) => {
      const { netnsPath, addresses } = await trial.network.attach(id);
      const [address = ""] = addresses;
      const place = await placeOf(trial, address);
      const nameserver = (await names.enter(id, { names: [], ...request, places: [place] })) ?? "";
      return { netnsPath, address, nameserver };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function placeOf({ instance: { bridge } }: Trial, address: string): Promise<BridgePlace> {
  const { stdout } = await run("ip", ["-4", "-j", "route", "show", "dev", bridge, "proto", "kernel"]);
  const [route] = JSON.parse(stdout) as readonly { readonly dst: string }[];
  return { network: "front", bridge, cidr: route?.dst ?? "", used: [], address, aliases: [] };
}

/** What a name stands for, sorted; or the code of the failure. */
export async function lookUp(nameserver: string, name: string, type: "A" | "AAAA" = "A"): Promise<string> {
  const resolver = new Resolver({ timeout: 2_000, tries: 3 });
  resolver.setServers([nameserver]);
  try {
    return (await resolver.resolve(name, type)).sort().join(" ");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "";
  }
}
