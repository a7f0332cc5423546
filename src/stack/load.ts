/**
 * Stack files -> Stack, stage by stage. Reading the stack file, `.env` beside it and the env files it names is all the
 * I/O there is; every stage is a pure function that says what is wrong and hands on what is right.
 */
import { basename, relative } from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";
import { hasErrors } from "../model/diagnostic.ts";
import type { Stack } from "../model/stack.ts";
import { canonicalize } from "./canonical.ts";
import { canonicalStack, sourcesOf, tidy } from "./canonical-stack.ts";
import { cast } from "../document/cast.ts";
import { checkConsistency } from "./consistency.ts";
import { parseDotenv } from "./dotenv.ts";
import { envFilesOf, resolveEnvironment } from "./environment.ts";
import { Findings } from "../document/findings.ts";
import { inheritRollout } from "./inherit-rollout.ts";
import { interpolate } from "./interpolate.ts";
import { child, type MappingNode } from "../document/node.ts";
import { hostPath } from "./normalize/image.ts";
import { withNetworkModes } from "./network-modes.ts";
import { normalize } from "./normalize/normalize.ts";
import { withOwnContainers } from "./own-containers.ts";
import { parse } from "../document/parse.ts";
import { collectPlaces } from "../document/places.ts";
import { leaveOutProfiles } from "./profiles.ts";
import { type ReadText, readText } from "../document/read-text.ts";
import { defaultStackName } from "./stack-name.ts";
import { type Lookup, substitute } from "./substitute.ts";
import { stackSchema } from "./schema.ts";
import { checkSupport } from "./support.ts";
import { validate } from "../document/validate.ts";

export interface StackFiles {
  /** Absolute; what relative paths of the files are relative to. */
  readonly directory: string;
  /** Absolute. */
  readonly files: readonly string[];
}

export interface LoadOptions {
  /** Variables from outside; they win over those in `.env`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Places name files relative to it where that is shorter. */
  readonly workingDirectory: string;
}

export interface LoadedStack {
  /** Absent where there is an error among the diagnostics. */
  readonly stack?: Stack;
  /** Everything that is wrong with the files, in their order. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Never throws for what a user wrote, or did not: a file that is missing or cannot be read is a diagnostic, too. */
export async function loadStack(files: StackFiles, options: LoadOptions): Promise<LoadedStack> {
  const findings = new Findings();
  const stack = await load(files, { ...options, findings });
  const diagnostics = findings.sorted();
  return stack === undefined || hasErrors(diagnostics) ? { diagnostics } : { stack, diagnostics };
}

/** What to say to who wrote something else. */
const wants = {
  what: "a stack file must be a mapping with the key services",
  hint: "Begin it with services:, and name at least one service below.",
};

interface Loading extends LoadOptions {
  readonly findings: Findings;
}

async function load({ directory, files }: StackFiles, loading: Loading): Promise<Stack | undefined> {
  const { environment, workingDirectory, findings } = loading;
  const file = onlyFile(files, loading);
  const text = file === undefined ? undefined : await readRequired(file, loading);
  if (file === undefined || text === undefined) return undefined;
  const variables = await projectVariables(directory, loading);

  const parsed = parse(text, { file: shown(file, workingDirectory), findings, wants });
  if (parsed === undefined) return undefined;
  const name = stackNameOf(parsed, { directory, variables });
  const lookup: Lookup = (variable) =>
    variables(variable) ?? (variable === "COMPOSE_PROJECT_NAME" ? name : undefined);
  const interpolated = interpolate(parsed, { lookup, findings });
  const checked = { schema: stackSchema, findings };
  // Here come include, extends and the merge of several files.
  const valid = validate(cast(interpolated, checked), checked);
  checkSupport(valid, findings);
  const canonical = inheritRollout(canonicalize(valid, findings));

  const paths = { directory, home: environment["HOME"] };
  const read = await readEnvFiles(canonical, { ...paths, workingDirectory });
  const filled = tidy(resolveEnvironment(canonical, { read, lookup, findings }));
  const resolved = withOwnContainers(withNetworkModes(filled, findings), name);

  const checking = { findings, places: collectPlaces(resolved), top: parsed.place };
  const spec = leaveOutProfiles(canonicalStack(resolved), checking);
  checkConsistency(spec, checking);
  return normalize(spec, { name, ...paths, sources: sourcesOf(resolved), checking });
}

function onlyFile(files: readonly string[], { findings, workingDirectory }: Loading): string | undefined {
  const [file, ...others] = files;
  if (file === undefined || others.length > 0) {
    const names = files.map((each) => shown(each, workingDirectory)).join(", ");
    findings.error(
      file === undefined
        ? {
            code: "missing-file",
            message: "there is no stack file",
            hint: "Write one and name it compose.yaml.",
          }
        : {
            code: "unsupported-merge",
            message: `merging several files into one stack is not supported yet: ${names}`,
            hint: "Put everything into one file, or move the others to folders of their own.",
          },
    );
    return undefined;
  }
  return file;
}

async function readRequired(
  path: string,
  { findings, workingDirectory }: Loading,
): Promise<string | undefined> {
  const read = await readText(path);
  if (read.kind === "text") return read.text;
  const file = shown(path, workingDirectory);
  findings.error({
    code: read.kind === "missing" ? "missing-file" : "unreadable-file",
    message: `${file} ${read.kind === "missing" ? "does not exist" : read.why}`,
    hint: read.kind === "missing" ? "Check the path." : "It must be a text file in UTF-8 of at most 1 MiB.",
    place: { file, line: 1, column: 1 },
  });
  return undefined;
}

/** The environment from outside, over that in `.env`. */
async function projectVariables(directory: string, loading: Loading): Promise<Lookup> {
  const { environment, findings, workingDirectory } = loading;
  const outside: Lookup = (name) => (Object.hasOwn(environment, name) ? environment[name] : undefined);
  const path = `${directory}/.env`;
  const read = await readText(path);
  const file = shown(path, workingDirectory);
  if (read.kind === "unreadable") {
    findings.error({
      code: "unreadable-file",
      message: `${file} ${read.why}`,
      hint: "Mend it, or remove it.",
      place: { file, line: 1, column: 1 },
    });
  }
  if (read.kind !== "text") return outside;
  const variables = parseDotenv(read.text, { file, lookup: outside, findings });
  return (name) => outside(name) ?? variables.get(name)?.value;
}

/** `name` may hold variables; the rest of the file may refer to it. What is wrong with it is said later. */
function stackNameOf(
  root: MappingNode,
  { directory, variables }: { readonly directory: string; readonly variables: Lookup },
): string {
  const written = child(root, "name");
  if (written?.kind !== "scalar" || typeof written.value !== "string") {
    return defaultStackName(basename(directory));
  }
  return substitute(written.value, variables).text;
}

async function readEnvFiles(
  root: MappingNode,
  paths: { readonly directory: string; readonly home: string | undefined; readonly workingDirectory: string },
): Promise<(path: string) => { readonly file: string; readonly text: ReadText }> {
  const absolute = (path: string): string => hostPath(path, paths) ?? path;
  const distinct = [...new Set(envFilesOf(root).map(({ path }) => absolute(path)))];
  const texts = new Map(
    await Promise.all(distinct.map(async (path) => [path, await readText(path)] as const)),
  );
  return (path) => ({
    file: shown(absolute(path), paths.workingDirectory),
    text: texts.get(absolute(path)) ?? { kind: "missing" },
  });
}

function shown(path: string, workingDirectory: string): string {
  const short = relative(workingDirectory, path);
  return short !== "" && short.length < path.length ? short : path;
}
