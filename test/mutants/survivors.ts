/**
 * The end of a run of mutants: those that survive and that `survivors.md` does not argue, and what it argues of mutants
 * that are killed by now. They are known by file, function and what became what, so that other lines may come and go.
 */
import { readFileSync } from "node:fs";

const page = new URL("survivors.md", import.meta.url);
const folder = "src/reconcile/";

/** The part of Stryker's report that is read here. */
interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly status: string;
  readonly replacement?: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

/** Both from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

class Survivors {
  onMutationTestReportReady({ files }: Report): void {
    const argued = arguedOn(readFileSync(page, "utf8"));
    const found = Object.entries(files).flatMap(([path, { source, mutants }]) =>
      mutants
        .filter(({ status }) => status === "Survived" || status === "NoCoverage")
        .map((mutant) => survivorOf(path.slice(folder.length), source.split("\n"), mutant)),
    );
    const measured = new Set(Object.keys(files).map((path) => path.slice(folder.length)));
    const past = [...argued].filter(
      ([key, { file }]) => measured.has(file) && !found.some((each) => keyOf(each) === key),
    );
    const unknown = found.filter((each) => !argued.has(keyOf(each)));
    tell(
      `Argued in test/mutants/survivors.md, and killed or gone by now: ${past.length}`,
      past.map(([, survivor]) => survivor),
    );
    tell(`Survive, and test/mutants/survivors.md does not say why: ${unknown.length}`, unknown);
    if (unknown.length > 0) process.exitCode = 1;
  }
}

export const strykerPlugins = [{ kind: "Reporter", name: "survivors", injectableClass: Survivors }];

interface Survivor {
  /** Below the folder. */
  readonly file: string;
  /** The function that it is in. */
  readonly name: string;
  /** `[] → ["Stryker was here"]`. */
  readonly change: string;
  readonly line?: number;
}

function keyOf({ file, name, change }: Survivor): string {
  return `${file} ${name}: ${change}`;
}

/** As they are written in the page, which wants a reason behind each. */
function tell(heading: string, survivors: readonly Survivor[]): void {
  const sections = [...Map.groupBy(survivors, ({ file }) => file)].map(([file, within]) => {
    const lines = within.map(({ name, change, line }) => {
      return `- \`${name}\`: ${code(change)}: ${line === undefined ? "" : `line ${line}`}`;
    });
    return `## \`${file}\`\n\n${lines.join("\n")}`;
  });
  process.stdout.write(`\n${[heading, ...sections].join("\n\n")}\n`);
}

/** CommonMark, section 6.1. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = "`".repeat(longest + 1);
  const space = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${ticks}${space}${text}${space}${ticks}`;
}

/** By their keys. */
function arguedOn(text: string): ReadonlyMap<string, Survivor> {
  const [, ...sections] = text.split(/^## `(.+)`$/m);
  const argued = sections.flatMap((file, index) => {
    const lines = index % 2 === 0 ? (sections[index + 1] ?? "") : "";
    return [...lines.matchAll(/^- `(.+?)`: (.+)$/gm)].flatMap(([, name = "", rest = ""]) =>
      [...rest.matchAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g)]
        .map(([, , change = ""]): Survivor => ({ file, name, change: change.trim() }))
        .filter(({ change }) => change.includes(" → ")),
    );
  });
  return new Map(argued.map((each) => [keyOf(each), each]));
}

function survivorOf(file: string, lines: readonly string[], mutant: Mutant): Survivor {
  const { start, end } = mutant.location;
  const within = lines.slice(start.line - 1, end.line);
  within[within.length - 1] = (within.at(-1) ?? "").slice(0, end.column - 1);
  within[0] = (within[0] ?? "").slice(start.column - 1);
  const change = `${short(within.join(" "), 60)} → ${short(mutant.replacement ?? "", 40)}`;
  return { file, name: nameAt(lines, start.line), change: change.trim(), line: start.line };
}

/** Of what is declared last before this line, and not within anything. */
function nameAt(lines: readonly string[], line: number): string {
  const declared = lines
    .slice(0, line)
    .flatMap((each) => /^(?:export )?(?:async )?(?:function|const|class) (\w+)/.exec(each)?.[1] ?? []);
  return declared.at(-1) ?? "the file";
}

function short(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
