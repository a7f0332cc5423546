/** The one base of every error that a person may meet. */

export interface ErrorDetails {
  /** What the reader can do about it, as a sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * An error with a stable `code` (SCREAMING_SNAKE, part of the interface), a message that names the offending path
 * or name, and a `hint` that says what to do.
 */
export class TallymanError extends Error {
  override readonly name: string = "TallymanError";
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
  }
}

/** The `code` of a TallymanError or of a Node system error (`ENOENT`), else undefined. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
