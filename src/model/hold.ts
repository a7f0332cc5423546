/** What somebody has said by hand over what the files say. */
export interface Hold {
  /** The user who said it. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly reason?: string;
  /** Ends by itself then; milliseconds since the epoch. */
  readonly until?: number;
}
