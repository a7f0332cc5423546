/** Collects what is wrong while the stages run, so that the user is told all of it at once. */
import type { Diagnostic, Place } from "../model/diagnostic.ts";

export interface Finding {
  /** Stable, kebab-case. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly place?: Place | undefined;
  readonly path?: string;
}

export class Findings {
  readonly #diagnostics: Diagnostic[] = [];
  /** Key paths with an error, and all that such a path lies in. */
  readonly #wrong = new Set<string>();
  readonly #broken = new Set<string>();

  error(finding: Finding): void {
    if (finding.path !== undefined) this.#remember(finding.path);
    this.#add("error", finding);
  }

  warning(finding: Finding): void {
    this.#add("warning", finding);
  }

  /** Whether an error was found at this very key path. */
  hasError(path: string): boolean {
    return this.#wrong.has(path);
  }

  /** Whether an error was found at this key path or below: what depends on it need not be said as well. */
  isBroken(path: string): boolean {
    return this.#wrong.has(path) || this.#broken.has(path);
  }

  /** In the order of the files. */
  sorted(): readonly Diagnostic[] {
    return this.#diagnostics.toSorted(
      ({ place: a }, { place: b }) =>
        compare(a?.file ?? "", b?.file ?? "") ||
        (a?.line ?? 0) - (b?.line ?? 0) ||
        (a?.column ?? 0) - (b?.column ?? 0),
    );
  }

  #remember(path: string): void {
    this.#wrong.add(path);
    for (const { index } of path.matchAll(/[.[]/g)) this.#broken.add(path.slice(0, index));
  }

  #add(severity: Diagnostic["severity"], { code, message, hint, place, path }: Finding): void {
    this.#diagnostics.push({
      severity,
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(place === undefined ? {} : { place }),
      ...(path === undefined ? {} : { path }),
    });
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
