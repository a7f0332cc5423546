/** Indexes, manifests and image configurations: bytes in, checked values out (OCI image-spec; Docker's twins). Pure. */
import { TallymanError, messageOf } from "../../model/error.ts";
import { digest as checkedDigest, isDigest, type Digest } from "../../model/ids.ts";
import type { HealthcheckWish } from "../../model/healthcheck.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";
import type { ImageConfig } from "./types.ts";
import { configTypes, indexTypes, layerTypes, manifestTypes } from "./media-types.ts";
import type { Platform } from "./platform.ts";

/** OCI image-spec, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly platform?: Platform;
}

export interface Manifest {
  readonly kind: "manifest";
  readonly config: Descriptor;
  /** The base first. */
  readonly layers: readonly Descriptor[];
}

export interface Index {
  readonly kind: "index";
  readonly manifests: readonly Descriptor[];
}

export interface ImageDocument {
  readonly platform: Platform;
  /** The digests of the uncompressed layers, the base first. */
  readonly diffIds: readonly Digest[];
  readonly config: ImageConfig;
}

/** containerd's limit; no registry serves more. */
export const maxDocumentBytes = 4 * 1024 * 1024;
const maxLayers = 128;

/**
 * A manifest or an index. `mediaType` is what its descriptor, or the registry, says it is. A document that could be
 * read as either (CVE-2021-41190) is refused. Throws INVALID_MANIFEST and UNSUPPORTED_MEDIA_TYPE.
 */
export function parseManifest(bytes: Uint8Array, mediaType?: string): Manifest | Index {
  const document = object(parseJson(bytes, "manifest"), "the manifest");
  const own = document["mediaType"];
  if (own !== undefined && mediaType !== undefined && own !== mediaType) {
    throw invalid(`the manifest calls itself ${JSON.stringify(own)}, and is served as ${mediaType}`);
  }
  const type = typeof own === "string" ? own : mediaType;
  const isIndex = "manifests" in document;
  const isManifest = "layers" in document || "config" in document;
  if (isIndex && isManifest) throw invalid("the manifest is both an index and an image");
  if (type !== undefined && !(isIndex ? indexTypes : manifestTypes).includes(type)) throw unsupported(type);
  if (document["schemaVersion"] !== 2)
    throw unsupported(`schema version ${JSON.stringify(document["schemaVersion"])}`);
  if (isIndex) return { kind: "index", manifests: array(document["manifests"], "manifests").map(descriptor) };

  const config = descriptor(document["config"] ?? null);
  if (!configTypes.includes(config.mediaType)) throw unsupported(config.mediaType);
  const layers = array(document["layers"], "layers").map(layerDescriptor);
  if (layers.length > maxLayers)
    throw invalid(`the image has ${layers.length} layers; at most ${maxLayers} are allowed`);
  if (config.sizeBytes > maxDocumentBytes)
    throw invalid(`the configuration is larger than ${maxDocumentBytes} bytes`);
  return { kind: "manifest", config, layers };
}

/** The image configuration with every default (OCI image-spec, config.md). Throws INVALID_MANIFEST. */
export function parseImageDocument(bytes: Uint8Array): ImageDocument {
  const document = object(parseJson(bytes, "image configuration"), "the image configuration");
  const rootfs = object(document["rootfs"] ?? null, "rootfs");
  return {
    platform: platformOf(document),
    diffIds: array(rootfs["diff_ids"], "rootfs.diff_ids").map(digestOf),
    config: imageConfig(isJsonObject(document["config"]) ? document["config"] : {}),
  };
}

function imageConfig(config: JsonObject): ImageConfig {
  const stopSignal = optionalText(config["StopSignal"]);
  return {
    user: optionalText(config["User"]) ?? "",
    env: texts(config["Env"]),
    entrypoint: texts(config["Entrypoint"]),
    cmd: texts(config["Cmd"]),
    volumes: isJsonObject(config["Volumes"]) ? Object.keys(config["Volumes"]).sort() : [],
    workingDir: optionalText(config["WorkingDir"]) ?? "",
    labels: textRecord(config["Labels"]),
    ...(stopSignal !== undefined && { stopSignal }),
    ...(isJsonObject(config["Healthcheck"]) && { healthcheck: healthcheckOf(config["Healthcheck"]) }),
  };
}

/** Docker's extension of the OCI configuration; its times are nanoseconds, and 0 is none. */
function healthcheckOf(fields: JsonObject): HealthcheckWish {
  const times = {
    intervalMs: fields["Interval"],
    timeoutMs: fields["Timeout"],
    startPeriodMs: fields["StartPeriod"],
    startIntervalMs: fields["StartInterval"],
  };
  const known = Object.entries(times).flatMap(([key, time]) =>
    typeof time === "number" && time > 0 ? [[key, Math.ceil(time / 1e6)] as const] : [],
  );
  const retries = fields["Retries"];
  return {
    test: texts(fields["Test"]),
    ...(typeof retries === "number" && retries > 0 && { retries: Math.ceil(retries) }),
    ...Object.fromEntries(known),
  };
}

function layerDescriptor(value: JsonValue): Descriptor {
  const layer = descriptor(value);
  const urls = isJsonObject(value) ? (value["urls"] ?? []) : [];
  if (!isJsonArray(urls) || urls.length > 0) {
    throw new TallymanError(
      "UNSUPPORTED_MEDIA_TYPE",
      `layer ${layer.digest} is to be fetched from elsewhere ("urls")`,
      {
        hint: "Foreign layers are refused: push the image with all of its layers.",
      },
    );
  }
  if (!layerTypes.includes(layer.mediaType)) throw unsupported(layer.mediaType);
  return layer;
}

function descriptor(value: JsonValue): Descriptor {
  const fields = object(value, "a descriptor");
  const mediaType = optionalText(fields["mediaType"]);
  const size = fields["size"];
  if (mediaType === undefined) throw invalid("a descriptor has no mediaType");
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    throw invalid("a descriptor has no size");
  const platform = isJsonObject(fields["platform"]) ? platformOf(fields["platform"]) : undefined;
  return {
    mediaType,
    digest: digestOf(fields["digest"] ?? null),
    sizeBytes: size,
    annotations: textRecord(fields["annotations"]),
    ...(platform && { platform }),
  };
}

function platformOf(fields: JsonObject): Platform {
  const variant = optionalText(fields["variant"]);
  return {
    os: optionalText(fields["os"]) ?? "",
    architecture: optionalText(fields["architecture"]) ?? "",
    ...(variant !== undefined && { variant }),
  };
}

function digestOf(value: JsonValue): Digest {
  if (typeof value === "string" && isDigest(value)) return checkedDigest(value);
  throw invalid(`${JSON.stringify(value)} is not a sha256 digest`);
}

function parseJson(bytes: Uint8Array, what: string): JsonValue {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8")) as JsonValue;
  } catch (cause) {
    throw invalid(`the ${what} is not JSON: ${messageOf(cause)}`);
  }
}

function object(value: JsonValue, what: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw invalid(`${what} is not an object`);
}

function array(value: JsonValue | undefined, what: string): readonly JsonValue[] {
  if (value !== undefined && isJsonArray(value)) return value;
  throw invalid(`${what} is not a list`);
}

function optionalText(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Docker writes null for an empty list. */
function texts(value: JsonValue | undefined): readonly string[] {
  if (value === undefined || value === null) return [];
  const list = array(value, "a list of the configuration");
  return list.map((item) => {
    if (typeof item !== "string")
      throw invalid("a list of the configuration holds something other than text");
    return item;
  });
}

function textRecord(value: JsonValue | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function unsupported(type: string): TallymanError {
  return new TallymanError(
    "UNSUPPORTED_MEDIA_TYPE",
    `${type} is not something that containers are made from`,
    {
      hint: "Tallyman runs OCI images and Docker images (schema 2). Push the image again with a current tool.",
    },
  );
}

function invalid(why: string): TallymanError {
  return new TallymanError("INVALID_MANIFEST", why, {
    hint: "The image was made by a faulty tool. Build it anew.",
  });
}
