/** What is wrong with the user's input, with its place: all of it at once, never one at a time. */

/** A position in a file. Lines and columns count from 1. */
export interface Place {
  /** As the user would write it: relative to the working directory where that is shorter. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** Stable, kebab-case: `unknown-key`, `wrong-type`, `unset-variable`. */
  readonly code: string;
  readonly message: string;
  /** What to do, as a sentence. */
  readonly hint?: string;
  readonly place?: Place;
  /** The key path in the file: `services.web.ports[0]`. */
  readonly path?: string;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}
