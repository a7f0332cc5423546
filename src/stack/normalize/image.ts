/** What `image` names: a repository in a registry, or a path on this machine. */
import { join, resolve } from "node:path";

export interface ImageContext {
  readonly directory: string;
  readonly home: string | undefined;
}

/**
 * A registry reference as written, or an absolute path; undefined where it is neither. A path begins with `/`, `./`,
 * `../` or `~/`, or has one of the prefixes `oci:`, `oci-archive:`, `docker-archive:`, which say no more than the file
 * does itself.
 */
export function imageName(written: string, context: ImageContext): string | undefined {
  const [, prefix, rest = ""] = /^(oci|oci-archive|docker-archive):(.+)$/.exec(written) ?? [];
  if (prefix !== undefined) return hostPath(rest, context);
  if (/^(?:\/|\.\.?(?:\/|$)|~\/)/.test(written)) return hostPath(written, context);
  return isReference(written) ? written : undefined;
}

/** Absolute; undefined for `~` where no home is known. */
export function hostPath(path: string, { directory, home }: ImageContext): string | undefined {
  if (!/^~(?:\/|$)/.test(path)) return resolve(directory, path);
  return home === undefined ? undefined : join(home, path.slice(1));
}

/** The grammar of github.com/distribution/reference. */
function isReference(text: string): boolean {
  const host = "(?:(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:]+\\])(?::\\d+)?/)?";
  const part = "[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*";
  const tag = "(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?";
  const digest = "(?:@[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,})?";
  return new RegExp(`^${host}${part}(?:/${part})*${tag}${digest}$`).test(text);
}
