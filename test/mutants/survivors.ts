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
    const found = new Map<string, string>();
    for (const [path, { source, mutants }] of Object.entries(files)) {
      const file = path.slice(folder.length);
      for (const mutant of mutants.filter(({ status }) => status === "Survived" || status === "NoCoverage"))
        found.set(`${file} ${saidOf(source, mutant)}`, `${path}:${mutant.location.start.line}`);
    }
    const measured = new Set(Object.keys(files).map((path) => path.slice(folder.length)));
    const unknown = [...found].filter(([said]) => !argued.has(said));
    const past = [...argued].filter(
      (said) => !found.has(said) && measured.has(said.slice(0, said.indexOf(" "))),
    );
    tell(
      "Survive, and test/mutants/survivors.md does not say why",
      unknown.map(([said, at]) => `${at} ${said}`),
    );
    tell("Argued in test/mutants/survivors.md, and killed or gone by now", past);
    if (unknown.length > 0) process.exitCode = 1;
  }
}

export const strykerPlugins = [{ kind: "Reporter", name: "survivors", injectableClass: Survivors }];

function tell(what: string, lines: readonly string[]): void {
  process.stdout.write(`${what}: ${lines.length}\n${lines.map((line) => `  ${line}\n`).join("")}`);
}

/** ``step/slot.ts heal: `[] → ["Stryker was here"]` `` as it is in the page: a heading, and a line of its list. */
function arguedOn(text: string): ReadonlySet<string> {
  const sections = text.split(/^## `(.+)`$/m).slice(1);
  const argued = new Set<string>();
  for (let index = 0; index < sections.length; index += 2) {
    const [file = "", lines = ""] = sections.slice(index);
    for (const [, name = "", rest = ""] of lines.matchAll(/^- `(.+?)`: (.+)$/gm))
      for (const [, , code = ""] of rest.matchAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g))
        if (code.includes(" → ")) argued.add(`${file} ${name}: ${code.trim()}`);
  }
  return argued;
}

/** `heal: [] → ["Stryker was here"]`. */
function saidOf(source: string, { location: { start, end }, replacement = "" }: Mutant): string {
  const lines = source.split("\n");
  const within = lines.slice(start.line - 1, end.line);
  within[within.length - 1] = (within.at(-1) ?? "").slice(0, end.column - 1);
  within[0] = (within[0] ?? "").slice(start.column - 1);
  return `${functionAt(lines, start.line)}: ${short(within.join(" "), 60)} → ${short(replacement, 40)}`;
}

/** The name of what is declared last before this line, and not within anything. */
function functionAt(lines: readonly string[], line: number): string {
  const declared = lines
    .slice(0, line)
    .flatMap((each) => /^(?:export )?(?:function|const|class) (\w+)/.exec(each)?.[1] ?? []);
  return declared.at(-1) ?? "the file";
}

function short(text: string, length: number): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
