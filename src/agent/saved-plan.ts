/** A plan that somebody has read and put aside, to have just that one carried out later. Pure. */
import { resolve } from "node:path";
import { entryOf } from "../model/entry-of.ts";
import { TallymanError } from "../model/error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../model/json.ts";
import type { Plan } from "../reconcile/plan/plan.ts";
import type { DesiredStack } from "../reconcile/types.ts";

/** Where stack files come from, in the words of the command line. */
export interface PlannedSource {
  readonly file: readonly string[];
  readonly git?: string;
  readonly ref?: string;
  readonly path?: string;
}

interface SavedStack {
  readonly revision: string;
  readonly commit?: string;
  /** What somebody had said beside the files, by the word for it; absent in a plan of a version that did not say. */
  readonly said?: Readonly<Record<string, string>>;
}

export interface SavedPlan {
  readonly formatVersion: 1;
  readonly id: string;
  /** Its files by absolute paths. */
  readonly source: PlannedSource;
  /** By stack: what was asked for. */
  readonly stacks: Readonly<Record<string, SavedStack>>;
  /** By reference: the digest that new containers were to be made of. */
  readonly images: Readonly<Record<string, string>>;
}

/** @param workingDirectory What relative paths of `source` are relative to. */
export function savedPlan(plan: Plan, source: PlannedSource, workingDirectory: string): SavedPlan {
  const { git, ref, path, file } = source;
  const files = git === undefined && file.length === 0 ? ["."] : file;
  return {
    formatVersion: 1,
    id: plan.id,
    source: {
      file: files.map((each) => resolve(workingDirectory, each)),
      ...(git !== undefined && { git }),
      ...(ref !== undefined && { ref }),
      ...(path !== undefined && { path }),
    },
    stacks: Object.fromEntries(
      plan.stacks.map((each) => {
        const { stack, revision, commit } = each;
        return [stack.name, { revision, ...(commit !== undefined && { commit }), said: saidOf(each) }];
      }),
    ),
    images: imagesOf(plan),
  };
}

/** @throws TallymanError `INVALID_PLAN_FILE` */
export function parseSavedPlan(text: string, file: string): SavedPlan {
  let value: JsonValue | undefined;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    value = undefined;
  }
  if (isJsonObject(value) && value["formatVersion"] === 1 && isSavedPlan(value)) return value;
  throw new TallymanError("INVALID_PLAN_FILE", `${file} is not a plan that this version can carry out`, {
    hint: "Make one with `tallyman reconcile --dry-run --out FILE`.",
  });
}

/** Why it is another plan by now; undefined where it is the same. */
export function whyMoved(saved: SavedPlan, now: Plan): string | undefined {
  const asked = new Map(now.stacks.map((each) => [each.stack.name as string, each]));
  for (const [name, { revision, commit, said }] of Object.entries(saved.stacks)) {
    const present = asked.get(name);
    if (present === undefined) return `stack ${name} is no longer asked for`;
    const word = said && otherWord(said, saidOf(present));
    if (word !== undefined) return `stack ${name} ${word}`;
    if (present.revision === revision) continue;
    const isNewCommit = commit !== undefined && present.commit !== undefined && commit !== present.commit;
    return isNewCommit
      ? `stack ${name} is at commit ${present.commit.slice(0, 10)}, and the plan was made of ${commit.slice(0, 10)}`
      : `the files of stack ${name} say something else`;
  }
  const added = [...asked.keys()].find((name) => !Object.hasOwn(saved.stacks, name));
  if (added !== undefined) return `stack ${added} is asked for, too`;
  if (saved.id !== now.id) return "what runs on this host is not what it was";
  const images = imagesOf(now);
  const moved = Object.keys(images).find(
    (reference) => entryOf(images, reference) !== entryOf(saved.images, reference),
  );
  return moved === undefined ? undefined : `${moved} stands for another image`;
}

/** What counts for the plan of it, as it is compared. */
function saidOf({
  suspended,
  paused,
  stopped,
  scaled,
  back,
  restarted,
}: DesiredStack): Readonly<Record<string, string>> {
  return {
    ...(suspended && { suspended: "" }),
    ...(paused && { paused: "" }),
    ...(stopped && { stopped: stopped.map(({ service = "" }) => service).join() }),
    ...(scaled && { scaled: JSON.stringify(scaled) }),
    ...(back && { "sent back": back.to.revision }),
    ...(restarted && { restarted: restarted.revision }),
  };
}

function otherWord(
  saved: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string | undefined {
  const word = [...Object.keys(now), ...Object.keys(saved)].find(
    (each) => entryOf(saved, each) !== entryOf(now, each),
  );
  if (word === undefined) return undefined;
  return entryOf(now, word) === undefined ? `is not ${word} any more` : `has been ${word} since`;
}

function imagesOf({ operations }: Plan): SavedPlan["images"] {
  return Object.fromEntries(
    operations.flatMap(({ operation }) =>
      operation.kind === "create" ? [[operation.spec.image, operation.image] as const] : [],
    ),
  );
}

function isSavedPlan(value: JsonObject): value is JsonObject & SavedPlan {
  const { id, source, stacks, images } = value;
  return (
    typeof id === "string" &&
    isJsonObject(source) &&
    Array.isArray(source["file"]) &&
    source["file"].every((each) => typeof each === "string") &&
    ["git", "ref", "path"].every((key) => ["string", "undefined"].includes(typeof source[key])) &&
    isJsonObject(stacks) &&
    Object.values(stacks).every((each) => isJsonObject(each) && typeof each["revision"] === "string") &&
    isJsonObject(images)
  );
}
