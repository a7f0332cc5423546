/** One repository of a registry (OCI distribution-spec, "Pull"). */
import { TallymanError, messageOf } from "../../../model/error.ts";
import { isDigest, type Digest } from "../../../model/ids.ts";
import { digestOf, verified } from "../digest.ts";
import { maxDocumentBytes, type Descriptor } from "../documents.ts";
import type { DocumentLink, ImageSource, ReadOptions } from "../image-source.ts";
import { configTypes, indexTypes, manifestTypes } from "../media-types.ts";
import { formatReference, type RegistryReference } from "../reference.ts";
import { parseChallenge } from "./challenge.ts";
import { readAll, request, type HttpResponse, type RequestOptions } from "./http.ts";
import { authorize, denied } from "./token.ts";
import { registryUrl } from "./url.ts";

export interface Repository extends ImageSource {
  /** What the reference's tag or digest stands for now: of an index where there is one, not of an image in it. */
  resolve(options?: ReadOptions): Promise<Digest>;
  /** The same with what it holds, which need not be asked for again. */
  top(options?: ReadOptions): Promise<DocumentLink>;
}

/** Every method throws IMAGE_NOT_FOUND, REGISTRY_UNREACHABLE, REGISTRY_DENIED or REGISTRY_FAILED. */
export function openRepository(reference: RegistryReference): Repository {
  const root = registryUrl(reference.registry);
  const repository = new URL(`${reference.repository}/`, root);
  const top = new URL(`manifests/${reference.digest ?? reference.tag ?? "latest"}`, repository);
  const read = new Map<Digest, Uint8Array>();
  let authorization: string | undefined;

  const ask = async (url: URL, options: RequestOptions): Promise<HttpResponse> => {
    let response = await request(url, { ...options, authorization });
    if (response.status === 401) {
      const challenge = parseChallenge(response.headers.get("www-authenticate"));
      authorization = await authorize(root, challenge, { signal: options.signal });
      response = await request(url, { ...options, authorization });
    }
    if (response.status === 200) return response;
    throw failure(response.status, { root, reference, what: url.pathname });
  };

  const get = async (
    url: URL,
    options: ReadOptions,
  ): Promise<{ response: HttpResponse; content: Buffer }> => {
    const response = await ask(url, { ...options, accept: acceptedDocuments });
    return { response, content: await readAll(response, maxDocumentBytes) };
  };

  return {
    resolve: async (options = {}) => {
      if (reference.digest !== undefined) return reference.digest;
      const response = await ask(top, { ...options, method: "HEAD", accept: acceptedDocuments });
      const named = response.headers.get("docker-content-digest") ?? "";
      return isDigest(named) ? named : digestOf((await get(top, options)).content);
    },
    top: async (options = {}) => {
      const { response, content } = await get(top, options);
      const digest = digestOf(content);
      if (reference.digest !== undefined) verified(content, reference.digest);
      read.set(digest, content);
      const mediaType = response.headers.get("content-type")?.split(";")[0]?.trim();
      return { digest, sizeBytes: content.length, ...(isKnown(mediaType) && { mediaType }) };
    },
    document: async (link, options = {}) => {
      const known = read.get(link.digest);
      if (known) return known;
      const kind = configTypes.includes(link.mediaType ?? "") ? "blobs" : "manifests";
      const { content } = await get(new URL(`${kind}/${link.digest}`, repository), options);
      return verified(content, link.digest);
    },
    blob: (descriptor, options = {}) => {
      const url = new URL(`blobs/${descriptor.digest}`, repository);
      return readBlob(descriptor, () => ask(url, options));
    },
  };
}

const acceptedDocuments = [...manifestTypes, ...indexTypes, "*/*;q=0.5"].join(", ");

/** Some servers call every document JSON or plain text, which says nothing. */
function isKnown(mediaType: string | undefined): mediaType is string {
  return mediaType?.startsWith("application/vnd.") ?? false;
}

async function* readBlob(
  descriptor: Descriptor,
  open: () => Promise<HttpResponse>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const response = await open();
  let bytes = 0;
  try {
    for await (const chunk of response.body()) {
      bytes += chunk.length;
      yield chunk;
    }
  } catch (cause) {
    if (!(cause instanceof TallymanError) || cause.code !== "REGISTRY_UNREACHABLE") throw cause;
    const came = `${bytes} of ${descriptor.sizeBytes} bytes of ${descriptor.digest} had come`;
    throw new TallymanError("BLOB_TRUNCATED", `${came}: ${messageOf(cause)}`, { hint: "Try again.", cause });
  }
}

interface Question {
  readonly root: URL;
  readonly reference: RegistryReference;
  /** The path that was asked for. */
  readonly what: string;
}

function failure(status: number, { root, reference, what }: Question): TallymanError {
  if (status === 401 || status === 403) return denied(root, `HTTP ${status} for ${what}`);
  if (status === 404 && what.includes("/manifests/")) {
    return new TallymanError(
      "IMAGE_NOT_FOUND",
      `image ${formatReference(reference)} is not in registry ${root.host}`,
      {
        hint: "Check its name and tag, and that it was pushed.",
      },
    );
  }
  const hint =
    status === 429
      ? "It limits how often images may be pulled: try again later."
      : "Try again, or look at its log.";
  return new TallymanError("REGISTRY_FAILED", `registry ${root.host} answers HTTP ${status} for ${what}`, {
    hint,
  });
}
