import { describe, expect, test } from "vitest";
import { parseChallenge } from "../../../../src/runtime/image/registry/challenge.ts";
import { isSafeHop, registryUrl } from "../../../../src/runtime/image/registry/url.ts";

describe("a registry is spoken to", () => {
  test.each([
    ["docker.io", "https://registry-1.docker.io/v2/"],
    ["ghcr.io", "https://ghcr.io/v2/"],
    ["example.com:5000", "https://example.com:5000/v2/"],
    ["127.evil.com", "https://127.evil.com/v2/"],
    ["localhost:5000", "http://localhost:5000/v2/"],
    ["127.0.0.2:5000", "http://127.0.0.2:5000/v2/"],
    ["[::1]:5000", "http://[::1]:5000/v2/"],
  ])("%s at %s", (registry, url) => {
    expect(registryUrl(registry).href).toBe(url);
  });

  test.each([
    ["https://a/", "https://b/", true],
    ["https://a/", "http://b/", false],
    ["https://a/", "http://127.0.0.1/", false],
    ["http://127.0.0.1/", "http://localhost/", true],
    ["http://127.0.0.1/", "http://b/", false],
    ["http://127.0.0.1/", "ftp://127.0.0.1/", false],
  ])("and from %s goes on to %s: %s", (from, to, safe) => {
    expect(isSafeHop(new URL(from), new URL(to))).toBe(safe);
  });
});

test("a challenge is read with its quoted and bare parameters", () => {
  const header =
    'Bearer realm="https://auth.io/token",service=registry,scope="repository:a/b:pull,push", error="a\\"b"';
  expect(parseChallenge(header)).toEqual({
    scheme: "bearer",
    parameters: {
      realm: "https://auth.io/token",
      service: "registry",
      scope: "repository:a/b:pull,push",
      error: 'a"b',
    },
  });
  expect(parseChallenge("Basic")).toEqual({ scheme: "basic", parameters: {} });
  expect(parseChallenge(null)).toBeUndefined();
});
