/** One line of what the doctor says. */
export interface Check {
  readonly name: string;
  /** `missing`: containers cannot run until it is mended. `warning`: they can, with what `detail` says. */
  readonly status: "ok" | "warning" | "missing";
  /** What was found, and what follows from it. */
  readonly detail: string;
  /** What the reader can do about it, as a sentence. */
  readonly remedy?: string;
}
