/** What a probe over the network was answered. */
export interface Answer {
  readonly isGood: boolean;
  /** The answer in a line, and after it the beginning of what came with it. */
  readonly output: string;
}
