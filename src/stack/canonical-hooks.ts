/** The hooks of a service in a stack file, in the one way to write them. */
export interface CanonicalHook {
  readonly command?: readonly string[] | null;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly user?: string;
  readonly working_dir?: string;
  readonly privileged?: boolean;
}

export interface CanonicalPreStart extends CanonicalHook {
  readonly image?: string;
  readonly per_replica?: boolean;
}
