import { describe, expect, test } from "vitest";
import {
  chooseChallenge,
  parseChallenges,
  type Challenge,
} from "../../../../src/runtime/image/registry/challenge.ts";
import { parseRetryAfter, retryDelay } from "../../../../src/runtime/image/registry/retry.ts";
import { failedAnswer } from "../../../../src/runtime/image/registry/status.ts";
import { isSafeHop, registryUrl } from "../../../../src/runtime/image/registry/url.ts";
import { plainEndpoint } from "./plain-endpoint.ts";

describe("a registry is spoken to", () => {
  test.each([
    ["docker.io", "https://registry-1.docker.io/v2/"],
    ["ghcr.io", "https://ghcr.io/v2/"],
    ["example.com:5000", "https://example.com:5000/v2/"],
    ["127.evil.com", "https://127.evil.com/v2/"],
    ["localhost:5000", "http://localhost:5000/v2/"],
    ["127.0.0.2:5000", "http://127.0.0.2:5000/v2/"],
    ["[::1]:5000", "http://[::1]:5000/v2/"],
    ["localhost:443", "https://localhost/v2/"],
  ])("%s at %s", (registry, url) => {
    expect(registryUrl(registry).href).toBe(url);
  });

  test.each([
    ["https://a/", "https://b/", true],
    ["https://a/", "http://b/", false],
    ["https://a/", "http://127.0.0.1/", false],
    ["http://127.0.0.1/", "http://localhost/", true],
    ["http://127.0.0.1/", "http://b/", false],
    ["http://b:5000/", "http://b:6000/", true],
    ["http://b/", "http://c/", false],
    ["http://b/", "http://127.0.0.1/", false],
    ["https://a/", "https://user:word@a/", false],
    ["http://127.0.0.1/", "ftp://127.0.0.1/", false],
  ])("and from %s goes on to %s: %s", (from, to, safe) => {
    expect(isSafeHop(new URL(from), new URL(to))).toBe(safe);
  });
});

describe("a challenge", () => {
  const bearer = (parameters: Challenge["parameters"]): Challenge => ({ scheme: "bearer", parameters });
  test.each<[string | undefined, readonly Challenge[]]>([
    [undefined, []],
    ["", []],
    ["Basic", [{ scheme: "basic", parameters: {} }]],
    [
      'Bearer realm="https://auth.io/token",service=registry,scope="repository:a/b:pull,push", error="a\\"b"',
      [
        bearer({
          realm: "https://auth.io/token",
          service: "registry",
          scope: "repository:a/b:pull,push",
          error: 'a"b',
        }),
      ],
    ],
    ['BEARER Realm = "x" , SERVICE="y"', [bearer({ realm: "x", service: "y" })]],
    [
      'Basic realm="a", Bearer realm="b",service="c"',
      [{ scheme: "basic", parameters: { realm: "a" } }, bearer({ realm: "b", service: "c" })],
    ],
    ['Bearer realm="not closed', [bearer({})]],
    ['Bearer realm="first",realm="second"', [bearer({ realm: "first" })]],
  ])("%s is read", (header, challenges) => {
    expect(parseChallenges(header)).toEqual(challenges);
  });

  test.each([
    ['Basic realm="a", Bearer realm="b"', "bearer"],
    ['Negotiate, Basic realm="a"', "basic"],
    ["Bearer service=x, Basic", "basic"],
    ["Negotiate", undefined],
  ])("%s is answered as %s", (header, scheme) => {
    expect(chooseChallenge(parseChallenges(header))?.scheme).toBe(scheme);
  });
});

describe("another attempt", () => {
  const patience = { backoffMs: 500, waitMs: 60_000 };
  const first = { failures: 1, waitedMs: 0, known: false, random: 0 };
  test.each<[string, Parameters<typeof retryDelay>[0], Partial<typeof first>, number | undefined]>([
    ["is not made where it would end the same", { retry: "never", retryAfterMs: undefined }, {}, undefined],
    ["is made after a short time", { retry: "later", retryAfterMs: undefined }, {}, 250],
    ["is spread by chance", { retry: "later", retryAfterMs: undefined }, { random: 1 }, 500],
    ["takes twice as long each time", { retry: "later", retryAfterMs: undefined }, { failures: 4 }, 2000],
    ["is not made for ever", { retry: "later", retryAfterMs: undefined }, { failures: 5 }, undefined],
    ["waits as long as it is asked to", { retry: "later", retryAfterMs: 7000 }, {}, 7000],
    ["is not waited for too long", { retry: "later", retryAfterMs: 61_000 }, {}, undefined],
    ["has one budget for all", { retry: "later", retryAfterMs: 7000 }, { waitedMs: 55_000 }, undefined],
    ["is not made where nobody ever answered", { retry: "if-known", retryAfterMs: undefined }, {}, undefined],
    ["is made where somebody has", { retry: "if-known", retryAfterMs: undefined }, { known: true }, 250],
  ])("%s", (_, error, attempt, delayMs) => {
    expect(retryDelay(error, { ...first, ...attempt }, patience)).toBe(delayMs);
  });

  const now = Date.UTC(2026, 0, 1, 12);
  test.each([
    [undefined, undefined],
    ["120", 120_000],
    ["Thu, 01 Jan 2026 12:00:30 GMT", 30_000],
    ["Thu, 01 Jan 2026 11:00:00 GMT", 0],
    ["soon", undefined],
    ["-5", undefined],
  ])("with Retry-After: %s comes after %s ms", (header, delayMs) => {
    expect(parseRetryAfter(header, now)).toBe(delayMs);
  });
});

describe("an answer that is no success", () => {
  const answer = { what: "/v2/a/manifests/v1", body: Buffer.from("<html>"), retryAfter: undefined };
  const origin = plainEndpoint("example.com");
  test.each([
    [{ ...answer, status: 401 }, "REGISTRY_DENIED", "never", "tallyman login example.com"],
    [{ ...answer, status: 403, user: "ann" }, "REGISTRY_DENIED", "never", "as ann"],
    [{ ...answer, status: 400 }, "REGISTRY_FAILED", "never", "log"],
    [{ ...answer, status: 503 }, "REGISTRY_FAILED", "later", "Try again"],
    [{ ...answer, status: 429, retryAfter: "90" }, "REGISTRY_FAILED", "later", "in 90 s"],
  ])("%j is %s, to be tried again: %s, with the hint: %s", (given, code, retry, hint) => {
    const error = failedAnswer(origin, given, 0);
    expect(error).toMatchObject({ code, retry });
    expect(error.hint).toContain(hint);
    expect(error.message).toContain("example.com");
  });

  test("has what the registry says of it, and nothing that a terminal would obey", () => {
    const body = Buffer.from(JSON.stringify({ errors: [{ code: "X", message: "slow\u001b[2J down" }] }));
    expect(failedAnswer(origin, { ...answer, status: 429, body }, 0).message).toMatch(/: slow \[2J down$/);
  });
});
