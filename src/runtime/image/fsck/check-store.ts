/** Finds what is wrong with a store, and mends what can be mended without fetching anything. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { surveyStore, type ContainerUsers } from "../gc/survey.ts";
import { lockStore } from "../store-lock.ts";
import { discard, emptyTrash } from "../trash.ts";
import { findDamage, type Finding } from "./finding.ts";
import { inspectStore, nothingDeep, type DeepFacts } from "./inspect.ts";
import { lookDeep } from "./look-deep.ts";

export interface CheckOptions {
  readonly containers: ContainerUsers;
  /** Also reads every blob, and unpacks every layer again to compare it. Else nothing is written. */
  readonly deep: boolean;
  readonly repair: boolean;
  readonly signal: AbortSignal;
}

export interface CheckResult {
  readonly findings: readonly (Finding & { readonly isMended: boolean })[];
  readonly images: number;
  readonly blobs: number;
  readonly layers: number;
}

/** Nothing is wrong where there is no store. */
export async function checkStore(dataDir: string, options: CheckOptions): Promise<CheckResult> {
  if (!existsSync(join(dataDir, "names"))) return { findings: [], images: 0, blobs: 0, layers: 0 };
  const { containers, repair, signal } = options;
  const deep = options.deep
    ? await lookDeep(dataDir, await surveyStore(dataDir, containers), signal)
    : nothingDeep;
  const facts = repair
    ? await mend(dataDir, { containers, deep })
    : await inspectStore(dataDir, { containers, deep });
  if (repair) await emptyTrash(dataDir);
  return {
    findings: findDamage(facts).map((finding) => ({
      ...finding,
      isMended: repair && finding.remove.length > 0,
    })),
    images: facts.images.size,
    blobs: facts.blobs.size,
    layers: facts.layers.size,
  };
}

/** Returns what there was before. */
async function mend(
  dataDir: string,
  options: { readonly containers: ContainerUsers; readonly deep: DeepFacts },
): Promise<Awaited<ReturnType<typeof inspectStore>>> {
  await mkdir(join(dataDir, "trash"), { recursive: true, mode: 0o700 });
  await using _turn = await lockStore(dataDir, "exclusive");
  const facts = await inspectStore(dataDir, options);
  const doomed = findDamage(facts).flatMap(({ remove }) => remove);
  await discard(
    dataDir,
    doomed.filter((path) => !path.startsWith("trash/")).map((path) => join(dataDir, path)),
  );
  return facts;
}
