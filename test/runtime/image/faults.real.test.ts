import { describe, expect, test } from "vitest";
import type { Fault } from "./faulty-registry.ts";
import { onLayer, scene, status } from "./faulty-scene.ts";
import { openTrial } from "./trial.ts";

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
      onLayer((_, response, content) => Boolean(response.writeHead(200).end(Buffer.alloc(content.length)))),
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
    const expected = {
      code: "REGISTRY_UNREACHABLE",
      message: expect.stringContaining(reference) as string,
      hint: expect.stringMatching(/\w/) as string,
    };
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
