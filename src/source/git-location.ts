/** Where in which Git repository stacks are: checked, so that nothing in it can be taken for an option or a command. */
import { resolve } from "node:path";
import { TallymanError } from "../model/error.ts";
import { sourceId, type SourceId } from "../model/ids.ts";

export interface GitLocation {
  readonly id: SourceId;
  /** With credentials, where the user wrote some: for git alone, never for a message. */
  readonly url: string;
  /** Without. */
  readonly shownUrl: string;
  /** A branch, a tag, or a full commit id. */
  readonly ref: string;
  /** Relative, inside the repository; empty for all of it. */
  readonly path: string;
}

export interface GitAddress {
  /** `https:`, `http:`, `ssh:`, `git:` or `file:` URL, `user@host:path`, or an absolute path. */
  readonly url: string;
  /** Default: what the repository's HEAD points to. */
  readonly ref?: string;
  readonly path?: string;
}

export function gitLocation(address: GitAddress): GitLocation {
  const url = checkedUrl(address.url);
  const shownUrl = withoutCredentials(url);
  const ref = checkedRef(address.ref ?? "HEAD");
  const path = checkedPath(address.path ?? "");
  return { id: sourceId(`git:${shownUrl}#${ref}${path && `:${path}`}`), url, shownUrl, ref, path };
}

/** A text of git's in which the location's credentials, and those of any other URL, are left out. */
export function withoutCredentials(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^/\s'"@]*@/gi, (whole, scheme: string) =>
    // The user of an SSH URL is part of the address and no secret; a password is.
    /^ssh:/i.test(scheme) ? whole.replace(/:[^:@/]*@$/, "@") : scheme,
  );
}

function checkedUrl(url: string): string {
  const isUrl = /^(https?|ssh|git|file):\/\/[^-\s][^\s]*$/i.test(url) && !/^[a-z]+:\/\/[^/]*@-/i.test(url);
  const isScp = /^([\w.]+@)?[\w][\w.-]*:(?!:)[^\s-][^\s]*$/.test(url) && !url.includes("://");
  if (url.startsWith("/") && !/[\s\0]/.test(url)) return `file://${resolve(url)}`;
  if (isUrl || isScp) return url;
  throw new TallymanError(
    "INVALID_GIT_URL",
    `${withoutCredentials(url)} is not the URL of a Git repository`,
    {
      hint: "Give an https, http, ssh, git or file URL, user@host:path, or an absolute path.",
    },
  );
}

/** A safe part of what git-check-ref-format(1) allows. */
function checkedRef(ref: string): string {
  if (/^[\w][\w./@+-]*$/.test(ref) && !/\.\.|\/\/|@\{|\.lock(\/|$)|[./]$/.test(ref)) return ref;
  throw new TallymanError("INVALID_GIT_REF", `${JSON.stringify(ref)} is not a branch, a tag or a commit`, {
    hint: "Give a name such as main or v1.2, or the full id of a commit.",
  });
}

function checkedPath(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (!path.startsWith("/") && !parts.includes("..") && !path.includes("\0")) return parts.join("/");
  throw new TallymanError("INVALID_GIT_PATH", `${JSON.stringify(path)} is not a path inside a repository`, {
    hint: "Give a path relative to the root of the repository, without `..`.",
  });
}
