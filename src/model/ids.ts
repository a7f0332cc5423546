/** Branded identifiers: strings that were checked once, at the edge, and are trusted from there on. */
import { TallymanError } from "./error.ts";

declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

/** A Compose project name: lower-case letters, digits, `-` and `_`, beginning with a letter or digit. */
export type StackName = Brand<"StackName">;
/** A key under `services`. */
export type ServiceName = Brand<"ServiceName">;
/** 12 to 64 lower-case hexadecimal digits; the runtime's key of a container. */
export type ContainerId = Brand<"ContainerId">;
/** `sha256:` and 64 lower-case hexadecimal digits (OCI image-spec, descriptor.md, "Digests"). */
export type Digest = Brand<"Digest">;
/** `h1:` and 64 hexadecimal digits; see `spec-hash.ts`. */
export type SpecHash = Brand<"SpecHash">;
/** Where stacks come from, in one string: `dir:/srv/stacks`, `git:ssh://host/repo#main:path`. */
export type SourceId = Brand<"SourceId">;
/** Identifies one rendering of one stack; equal renderings have equal ids. */
export type RevisionId = Brand<"RevisionId">;

const patterns = {
  stack: /^[a-z0-9][a-z0-9_-]*$/,
  service: /^[a-zA-Z0-9._-]+$/,
  container: /^[0-9a-f]{12,64}$/,
  digest: /^sha256:[0-9a-f]{64}$/,
} as const;

export function isStackName(text: string): text is StackName {
  return patterns.stack.test(text) && text.length <= 63;
}

export function isServiceName(text: string): text is ServiceName {
  return patterns.service.test(text) && text.length <= 63;
}

/** Of a volume in the store, which is also the name of its folder. */
export function isVolumeName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/.test(text);
}

/** Of a network on this host. */
export function isNetworkName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(text);
}

export function isContainerId(text: string): text is ContainerId {
  return patterns.container.test(text);
}

export function isDigest(text: string): text is Digest {
  return patterns.digest.test(text);
}

export const stackName = (text: string): StackName => checked(text, isStackName, "stack name");
export const serviceName = (text: string): ServiceName => checked(text, isServiceName, "service name");
export const containerId = (text: string): ContainerId => checked(text, isContainerId, "container id");
export const digest = (text: string): Digest => checked(text, isDigest, "digest");
export const sourceId = (text: string): SourceId => checked(text, isSourceId, "source");
export const revisionId = (text: string): RevisionId => checked(text, isRevisionId, "revision");
export const specHash = (text: string): SpecHash => checked(text, isSpecHash, "spec hash");

function isSourceId(text: string): text is SourceId {
  return /^[a-z]+:./.test(text);
}

function isRevisionId(text: string): text is RevisionId {
  return /^[0-9a-f]{12}$/.test(text);
}

function isSpecHash(text: string): text is SpecHash {
  return /^h1:[0-9a-f]{64}$/.test(text);
}

function checked<T extends string>(text: string, is: (text: string) => text is T, what: string): T {
  if (is(text)) return text;
  throw new TallymanError("INVALID_ID", `${JSON.stringify(text)} is not a ${what}`);
}
