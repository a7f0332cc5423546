/** A command that is run in a container after it has started, or before it is stopped. */
export interface Hook {
  readonly command: readonly string[];
  /** Over the container's. */
  readonly environment: Readonly<Record<string, string>>;
  /** `user[:group]`; the container's where absent. */
  readonly user?: string;
  readonly workingDir?: string;
  /** With every capability that there is to give. */
  readonly privileged: boolean;
}
