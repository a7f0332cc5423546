import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildImage } from "../../support/build-image.ts";
import { startFaultyRegistry, type Fault, type FaultyRegistry } from "./faulty-registry.ts";
import { openTrial, type Trial } from "./trial.ts";

interface Scene extends AsyncDisposable {
  readonly trial: Trial;
  readonly registry: FaultyRegistry;
  readonly reference: string;
}

/** A registry with one image of one layer, `<host>/a/b:v1`, that goes wrong as `fault` says. */
async function scene(fault: Fault): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const trial = stack.use(await openTrial());
  const layout = join(trial.dir, "layout");
  await buildImage({
    dir: layout,
    layers: [[{ path: "f", content: "x".repeat(100_000) }]],
    compression: "none",
  });
  const registry = stack.use(await startFaultyRegistry(layout, fault));
  const kept = stack.move();
  return {
    trial,
    registry,
    reference: `${registry.host}/a/b:v1`,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const layerBlob = /^\/v2\/a\/b\/blobs\/sha256:/;

/** The layer is the only blob without a type of its own that is larger than a configuration. */
function onLayer(act: Fault): Fault {
  let blobs = 0;
  return (request, response) => layerBlob.test(request.url ?? "") && ++blobs === 2 && act(request, response);
}

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Fault =>
  (_, response) => {
    response.writeHead(code, headers).end("<html>");
    return true;
  };

describe("a pull that fails names the image, says what to do, and leaves the store as it was", () => {
  test.each<[string, Fault, string]>([
    ["there is no such image", status(404), "IMAGE_NOT_FOUND"],
    ["it may not be read", status(403), "REGISTRY_DENIED"],
    ["a password is wanted", status(401, { "www-authenticate": 'Basic realm="x"' }), "REGISTRY_DENIED"],
    ["401 says nothing of how", status(401), "REGISTRY_DENIED"],
    ["the registry is broken", status(500), "REGISTRY_FAILED"],
    ["it limits its rate", status(429), "REGISTRY_FAILED"],
    ["the manifest is a web page", status(200), "INVALID_MANIFEST"],
    ["it redirects in a circle", status(307, { location: "/v2/a/b/manifests/v1" }), "REGISTRY_UNREACHABLE"],
    [
      "it redirects to where anyone can listen",
      status(307, { location: "http://192.0.2.1/" }),
      "REGISTRY_UNREACHABLE",
    ],
    ["the layer is not there", onLayer(status(404)), "REGISTRY_FAILED"],
    [
      "the connection is cut",
      onLayer((request, response) => {
        response
          .writeHead(200, { "content-length": 100_000 })
          .write(Buffer.alloc(5000), () => request.socket.destroy());
        return true;
      }),
      "BLOB_TRUNCATED",
    ],
    [
      "a layer is too short",
      onLayer((_, response) => Boolean(response.writeHead(200).end(Buffer.alloc(5000)))),
      "BLOB_TRUNCATED",
    ],
    [
      "a layer is too long",
      onLayer((_, response) => Boolean(response.writeHead(200).end(Buffer.alloc(900_000)))),
      "BLOB_TOO_LONG",
    ],
    [
      "a layer is another",
      onLayer((_, response) => Boolean(response.writeHead(200).end(Buffer.alloc(101_888)))),
      "DIGEST_MISMATCH",
    ],
    [
      "a manifest never ends",
      (_, response) => {
        const more = (): void => {
          if (response.write(Buffer.alloc(65_536, " "))) setImmediate(more);
          else response.once("drain", more);
        };
        more();
        return true;
      },
      "DOCUMENT_TOO_LARGE",
    ],
  ])("where %s", async (_, fault, code) => {
    await using stage = await scene(fault);
    await expect(stage.trial.store.pull(stage.reference)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(stage.reference) as string,
      hint: expect.stringMatching(/\w/) as string,
    });
    expect(await stage.trial.visible()).toEqual([]);
  });

  test.each(["127.0.0.1:9/a", "registry.invalid/a"])("where nothing answers: %s", async (reference) => {
    await using trial = await openTrial();
    const expected = { code: "REGISTRY_UNREACHABLE", message: expect.stringContaining(reference) as string };
    await expect(trial.store.pull(reference)).rejects.toMatchObject(expected);
    await expect(trial.store.resolve(reference)).rejects.toMatchObject(expected);
  });

  test("where it is aborted in the middle of a layer", async () => {
    const abort = new AbortController();
    await using stage = await scene(
      onLayer((_, response) => {
        response.writeHead(200).write(Buffer.alloc(5000), () => abort.abort(new Error("enough")));
        return true;
      }),
    );
    await expect(stage.trial.store.pull(stage.reference, { signal: abort.signal })).rejects.toThrow("enough");
    expect(await stage.trial.visible()).toEqual([]);
  });
});

describe("tokens", () => {
  const challenge = (host: string): string =>
    `Bearer realm="http://${host}/token",service="s",scope="repository:a/b:pull"`;

  test("are fetched where the registry says, and sent with what follows", async () => {
    await using stage = await scene((request, response) => {
      if (request.url?.startsWith("/token") === true) return Boolean(response.end('{"access_token":"t0k"}'));
      if (request.headers.authorization === "Bearer t0k") return false;
      return status(401, { "www-authenticate": challenge(request.headers.host ?? "") })(request, response);
    });
    await stage.trial.store.pull(stage.reference);
    const token = stage.registry.requests.filter((request) => request.url?.startsWith("/token"));
    expect(token.map((request) => request.url)).toEqual(["/token?service=s&scope=repository%3Aa%2Fb%3Apull"]);
  });

  test("that do not help are not asked for again and again", async () => {
    await using stage = await scene((request, response) => {
      if (request.url?.startsWith("/token") === true) return Boolean(response.end('{"token":"t0k"}'));
      return status(401, { "www-authenticate": challenge(request.headers.host ?? "") })(request, response);
    });
    await expect(stage.trial.store.pull(stage.reference)).rejects.toMatchObject({ code: "REGISTRY_DENIED" });
    expect(stage.registry.requests).toHaveLength(3);
  });

  test("stay with the host that they are for when it redirects", async () => {
    await using other = await scene(() => false);
    await using stage = await scene((request, response) => {
      if (request.url?.startsWith("/token") === true) return Boolean(response.end('{"token":"t0k"}'));
      if (request.headers.authorization !== "Bearer t0k") {
        return status(401, { "www-authenticate": challenge(request.headers.host ?? "") })(request, response);
      }
      if (!layerBlob.test(request.url ?? "")) return false;
      return status(307, { location: `http://${other.registry.host}${request.url ?? ""}` })(
        request,
        response,
      );
    });
    await stage.trial.store.pull(stage.reference);
    expect(other.registry.requests.map((request) => request.headers.authorization)).toEqual([
      undefined,
      undefined,
    ]);
  });
});
