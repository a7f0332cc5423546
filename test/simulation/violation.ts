/** What must never be, and was. */
export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, what: string) {
    super(`${invariant}: ${what}`);
    this.name = "Violation";
    this.invariant = invariant;
  }
}

export function must(invariant: string, isSo: boolean, what: () => string): void {
  if (!isSo) throw new Violation(invariant, what());
}
