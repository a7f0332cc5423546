/** Devices of the Container Device Interface by name, in the folders where vendors' tools put their specifications. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, messageOf, TallymanError } from "../../../../model/error.ts";
import { readPlainFile } from "../../../../sys/plain-file.ts";
import { parseCdiSpec, type CdiEdits, type CdiSpec } from "./cdi-spec.ts";

interface FoundSpec {
  readonly path: string;
  readonly folder: string;
  readonly spec: CdiSpec;
}

/**
 * What the named devices need, each specification's own part once. Of equal names the one in the later folder counts.
 * Throws CDI_DEVICE_MISSING, which names the device and where it was looked for.
 */
export async function findCdiDevices(
  names: readonly string[],
  folders: readonly string[],
): Promise<readonly CdiEdits[]> {
  if (names.length === 0) return [];
  const { specs, wrong } = await readSpecs(folders);
  const found = names.map((name) => findDevice(name, specs) ?? missing(name, { folders, specs, wrong }));
  const ofSpecs = new Set(found.map(({ spec }) => spec));
  return [...[...ofSpecs].map(({ edits }) => edits), ...found.map(({ edits }) => edits)];
}

function findDevice(
  name: string,
  specs: readonly FoundSpec[],
): { readonly spec: CdiSpec; readonly edits: CdiEdits } | undefined {
  const matches = specs.flatMap(({ path, folder, spec }) =>
    spec.devices
      .filter((device) => `${spec.kind}=${device.name}` === name)
      .map(({ edits }) => ({ path, folder, spec, edits })),
  );
  const last = matches.at(-1);
  const rivals = matches.filter(({ folder }) => folder === last?.folder);
  if (last === undefined || rivals.length === 1) return last;
  throw new TallymanError("CDI_DEVICE_AMBIGUOUS", `the CDI device ${name} is specified more than once`, {
    hint: `Remove it from all but one of ${rivals.map(({ path }) => path).join(", ")}.`,
  });
}

interface Searched {
  readonly folders: readonly string[];
  readonly specs: readonly FoundSpec[];
  readonly wrong: readonly string[];
}

function missing(name: string, { folders, specs, wrong }: Searched): never {
  const known = specs.flatMap(({ spec }) => spec.devices.map((device) => `${spec.kind}=${device.name}`));
  const knownText = known.length === 0 ? "it has none" : `it has ${[...new Set(known)].sort().join(", ")}`;
  throw new TallymanError(
    "CDI_DEVICE_MISSING",
    `this host has no CDI device ${name}; looked for in ${folders.join(", ")}: ${[knownText, ...wrong].join("; ")}`,
    {
      hint: "Have the vendor's tool write its specification (nvidia-ctk cdi generate), or correct `devices` or `gpus`.",
    },
  );
}

async function readSpecs(folders: readonly string[]): Promise<Pick<Searched, "specs" | "wrong">> {
  const specs: FoundSpec[] = [];
  const wrong: string[] = [];
  for (const folder of folders) {
    for (const file of await specFiles(folder)) {
      const path = join(folder, file);
      try {
        specs.push({ path, folder, spec: parseCdiSpec(await readDocument(path)) });
      } catch (error) {
        wrong.push(`${path}: ${messageOf(error)}`);
      }
    }
  }
  return { specs, wrong };
}

async function specFiles(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((file) => /\.(json|yaml)$/.test(file)).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

const maxBytes = 4 * 1024 * 1024;

async function readDocument(path: string): Promise<unknown> {
  const text = (await readPlainFile(path, { maxBytes })).toString("utf8");
  if (path.endsWith(".json")) return JSON.parse(text) as unknown;
  const { parse } = await import("yaml"); // loaded only by who has such devices
  return parse(text) as unknown;
}
