import { describe, expect, test } from "vitest";
import { formatReference, parseReference, parseRegistry } from "../../../src/runtime/image/reference.ts";

const hex = "a".repeat(64);

describe("a reference is normalized as Docker does it", () => {
  test.each([
    ["nginx", "docker.io/library/nginx:latest"],
    ["nginx:1.27", "docker.io/library/nginx:1.27"],
    ["grafana/grafana", "docker.io/grafana/grafana:latest"],
    ["docker.io/nginx", "docker.io/library/nginx:latest"],
    ["index.docker.io/library/nginx", "docker.io/library/nginx:latest"],
    ["ghcr.io/o/r:v1", "ghcr.io/o/r:v1"],
    ["localhost/r", "localhost/r:latest"],
    ["127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c:latest"],
    ["[::1]:5000/a:x", "[::1]:5000/a:x"],
    ["registry:5000/a", "registry:5000/a:latest"],
    [`nginx@sha256:${hex}`, `docker.io/library/nginx@sha256:${hex}`],
    [`nginx:1@sha256:${hex}`, `docker.io/library/nginx:1@sha256:${hex}`],
    ["/srv/images/web", "/srv/images/web"],
    ["/srv/images/web:v1", "/srv/images/web:v1"],
    ["/srv/images/../web.tar/", "/srv/web.tar"],
    ["/srv/a:b/web", "/srv/a:b/web"],
  ])("%s is %s", (text, normalized) => {
    const reference = parseReference(text);
    expect(formatReference(reference)).toBe(normalized);
    expect(parseReference(normalized)).toEqual(reference);
  });
});

describe("what is not a reference is refused", () => {
  test.each([
    "",
    "Nginx",
    "nginx:",
    "nginx:-x",
    "nginx@sha256:abc",
    `nginx@sha256:${hex.toUpperCase()}`,
    "nginx@md5:aaaa",
    "a//b",
    "../etc/passwd",
    "ghcr.io/../../x",
    "-host.io/a",
    "a b",
    "nginx:latest:latest",
    "https://ghcr.io/a",
    `x/${"a".repeat(300)}`,
  ])("%j", (text) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({
        code: "INVALID_REFERENCE",
        message: expect.stringContaining(JSON.stringify(text)) as string,
      }),
    );
  });
});

test.each([
  ["ghcr.io", "ghcr.io"],
  ["https://reg.example:5000/v2/", "reg.example:5000"],
  ["https://index.docker.io/v1/", "docker.io"],
  ["docker.io", "docker.io"],
])("%s is the registry %s", (text, registry) => {
  expect(parseRegistry(text)).toBe(registry);
});

test.each(["", "a b", "https://", "../x", "user@host"])("%j is no registry", (text) => {
  expect(() => parseRegistry(text)).toThrow(expect.objectContaining({ code: "INVALID_REFERENCE" }) as Error);
});
