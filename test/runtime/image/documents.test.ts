import { describe, expect, test } from "vitest";
import { parseImageDocument, parseManifest } from "../../../src/runtime/image/documents.ts";

const digest = `sha256:${"a".repeat(64)}`;
const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 2 };
const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest, size: 3 };
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const manifest = { schemaVersion: 2, mediaType: manifestType, config, layers: [layer] };
const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

describe("a manifest", () => {
  test("of OCI and of Docker is read alike", () => {
    const docker = {
      schemaVersion: 2,
      mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      config: { ...config, mediaType: "application/vnd.docker.container.image.v1+json" },
      layers: [{ ...layer, mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip" }],
    };
    for (const document of [manifest, docker]) {
      const parsed = parseManifest(bytes(document));
      expect(parsed).toMatchObject({
        kind: "manifest",
        config: { digest, sizeBytes: 2 },
        layers: [{ digest, sizeBytes: 3 }],
      });
    }
  });

  test("without a media type is what it is served as, or what it looks like", () => {
    expect(parseManifest(bytes({ ...manifest, mediaType: undefined }), manifestType).kind).toBe("manifest");
    expect(parseManifest(bytes({ schemaVersion: 2, manifests: [] })).kind).toBe("index");
  });

  test.each([
    ["that is two things at once", { ...manifest, manifests: [] }, "INVALID_MANIFEST"],
    [
      "that is not what it calls itself",
      { ...manifest, mediaType: "application/vnd.oci.image.index.v1+json" },
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    ["of schema 1", { schemaVersion: 1, fsLayers: [] }, "UNSUPPORTED_MEDIA_TYPE"],
    [
      "of a Helm chart",
      { ...manifest, config: { ...config, mediaType: "application/vnd.cncf.helm.config.v1+json" } },
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    [
      "with an unknown layer",
      { ...manifest, layers: [{ ...layer, mediaType: "text/plain" }] },
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    [
      "with a layer from elsewhere",
      { ...manifest, layers: [{ ...layer, urls: ["https://example.com"] }] },
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    [
      "with a digest that is a path",
      { ...manifest, config: { ...config, digest: "sha256:../../etc" } },
      "INVALID_MANIFEST",
    ],
    ["with a negative size", { ...manifest, layers: [{ ...layer, size: -1 }] }, "INVALID_MANIFEST"],
    [
      "with a configuration too large to read",
      { ...manifest, config: { ...config, size: 5_000_000 } },
      "INVALID_MANIFEST",
    ],
    [
      "with too many layers",
      { ...manifest, layers: Array.from({ length: 129 }, () => layer) },
      "INVALID_MANIFEST",
    ],
    ["that is a list", [], "INVALID_MANIFEST"],
  ])("%s is refused", (_, document, code) => {
    expect(() => parseManifest(bytes(document))).toThrow(expect.objectContaining({ code }));
  });

  test("that is served as something else is refused", () => {
    const served = "application/vnd.docker.distribution.manifest.v2+json";
    expect(() => parseManifest(bytes(manifest), served)).toThrow(/calls itself/);
  });

  test("that is not JSON is refused", () => {
    expect(() => parseManifest(Buffer.from("<html>"))).toThrow(
      expect.objectContaining({ code: "INVALID_MANIFEST" }),
    );
  });
});

describe("an image's configuration", () => {
  test("gets every default", () => {
    const parsed = parseImageDocument(
      bytes({ os: "linux", architecture: "amd64", rootfs: { diff_ids: [digest] } }),
    );
    expect(parsed).toEqual({
      platform: { os: "linux", architecture: "amd64" },
      diffIds: [digest],
      config: { user: "", env: [], entrypoint: [], cmd: [], volumes: [], workingDir: "", labels: {} },
    });
  });

  test("is taken over, with Docker's nulls for nothing", () => {
    const fields = {
      User: "1:2",
      Env: ["A=b"],
      Entrypoint: null,
      Cmd: ["x"],
      Volumes: { "/z": {}, "/a": {} },
      WorkingDir: "/w",
      Labels: { a: "b" },
      StopSignal: "SIGINT",
    };
    const parsed = parseImageDocument(bytes({ config: fields, rootfs: { diff_ids: [] } }));
    expect(parsed.config).toEqual({
      user: "1:2",
      env: ["A=b"],
      entrypoint: [],
      cmd: ["x"],
      volumes: ["/a", "/z"],
      workingDir: "/w",
      labels: { a: "b" },
      stopSignal: "SIGINT",
    });
  });
});
