/** The spec hash: what decides whether a container has to be replaced. */
import { createHash } from "node:crypto";
import { entryOf } from "./entry-of.ts";
import type { Digest, RevisionId, SpecHash } from "./ids.ts";
import { revisionId, specHash } from "./ids.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { canonicalJson, isJsonObject } from "./json.ts";
import type { Service, Stack } from "./stack.ts";

/** Keys of a service whose change needs no new container. */
const harmless = new Set([
  "scale",
  "depends_on",
  "pull_policy",
  "profiles",
  "build",
  "x-rollout",
  "x-schedule",
]);
const harmlessInDeploy = new Set(["replicas", "update_config", "rollback_config"]);

/**
 * `h1:` + sha256 over the user's normalized service spec and the resolved image digest. What we generate from the
 * spec never enters, so that a new default of ours restarts nothing.
 */
export function hashService({ source }: Pick<Service, "source">, image: Digest): SpecHash {
  const known = hashes.get(source) ?? new Map<Digest, SpecHash>();
  hashes.set(source, known);
  const hash =
    known.get(image) ?? specHash(`h1:${sha256(canonicalJson({ image, spec: replacementSpec(source) }))}`);
  known.set(image, hash);
  return hash;
}

/** The planner asks for the same ones at every look. */
const hashes = new WeakMap<JsonObject, Map<Digest, SpecHash>>();

/** The part of a service's spec that the hash covers. */
export function replacementSpec(source: JsonObject): JsonObject {
  const spec: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(source)) {
    if (harmless.has(key)) continue;
    if (key !== "deploy" || !isJsonObject(value)) {
      spec[key] = value;
      continue;
    }
    const deploy = Object.fromEntries(Object.entries(value).filter(([name]) => !harmlessInDeploy.has(name)));
    if (Object.keys(deploy).length > 0) spec["deploy"] = deploy;
  }
  return spec;
}

/** Identifies a rendering: the whole of what the user asked of the stack. */
export function hashStack(stack: Stack): RevisionId {
  const services = Object.fromEntries(stack.services.map((service) => [service.name, service.source]));
  const volumes = stack.volumes.map((volume) => ({ name: volume.name, external: volume.external }));
  const networks = stack.networks.map(({ name, spec }) => `${name} ${JSON.stringify(spec ?? "external")}`);
  return revisionId(sha256(canonicalJson({ name: stack.name, services, volumes, networks })).slice(0, 12));
}

/** The same of what no file asks for: never that of a rendering, and another one where a name stands for another image. */
export function hashMix(stack: Stack, images: Readonly<Record<string, Digest>>): RevisionId {
  const digests = stack.services.map(({ container: { image } }) => entryOf(images, image) ?? image);
  return revisionId(sha256(canonicalJson({ mix: hashStack(stack), digests })).slice(0, 12));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
