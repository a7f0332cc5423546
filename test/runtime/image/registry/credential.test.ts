import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../src/model/json.ts";
import {
  credentialKey,
  helperCredential,
  helperOf,
  storedCredential,
} from "../../../../src/runtime/image/registry/credential.ts";

const basic = (text: string): JsonObject => ({ auth: Buffer.from(text).toString("base64") });
const ann = { kind: "password", username: "ann", password: "p:w" };

describe("the credentials of a registry in Docker's config.json", () => {
  test.each<[string, JsonObject, string, object | undefined]>([
    ["are under its host", { "ghcr.io": basic("ann:p:w") }, "ghcr.io", ann],
    ["are under its host and port", { "reg.lan:5000": basic("ann:p:w") }, "reg.lan:5000", ann],
    ["are not those of another port", { "reg.lan:5000": basic("ann:p:w") }, "reg.lan", undefined],
    ["are not those of a host that ends like it", { "evil-ghcr.io": basic("ann:p:w") }, "ghcr.io", undefined],
    ["are under a URL in old files", { "https://ghcr.io/v1/": basic("ann:p:w") }, "ghcr.io", ann],
    [
      "are those of today where there are both",
      { "https://ghcr.io/v1/": basic("old:x"), "ghcr.io": basic("ann:p:w") },
      "ghcr.io",
      ann,
    ],
    ["are Docker Hub's own", { "https://index.docker.io/v1/": basic("ann:p:w") }, "docker.io", ann],
    ["are Docker Hub's under its short name", { "docker.io": basic("ann:p:w") }, "docker.io", ann],
    ["may be in clear", { "a.io": { username: "ann", password: "p:w" } }, "a.io", ann],
    ["may end with NUL", { "a.io": basic("ann:p:w\0") }, "a.io", ann],
    [
      "may be a refresh token",
      { "a.io": { ...basic("ann:"), identitytoken: "t" } },
      "a.io",
      { kind: "identity", token: "t" },
    ],
    ["may be a token", { "a.io": { registrytoken: "t" } }, "a.io", { kind: "bearer", token: "t" }],
    ["are none where a helper has them", { "a.io": {} }, "a.io", undefined],
    ["are none where they make no sense", { "a.io": { auth: "!!!" } }, "a.io", undefined],
    ["are none where the entry is no object", { "a.io": "x" }, "a.io", undefined],
    ["are none where nobody has logged in", {}, "a.io", undefined],
  ])("%s", (_, auths, registry, expected) => {
    expect(storedCredential({ auths }, registry)).toEqual(expected);
  });
});

test.each<[JsonObject, string, string | undefined]>([
  [{}, "a.io", undefined],
  [{ credsStore: "pass" }, "a.io", "pass"],
  [{ credsStore: "pass", credHelpers: { "a.io": "ecr-login" } }, "a.io", "ecr-login"],
  [{ credsStore: "pass", credHelpers: { "a.io": "ecr-login" } }, "b.io", "pass"],
  [{ credHelpers: { "https://index.docker.io/v1/": "hub" } }, "docker.io", "hub"],
  [{ credHelpers: {} }, "constructor", undefined],
])("of %j, the helper of %s is %s", (config, registry, helper) => {
  expect(helperOf(config, registry)).toBe(helper);
});

test("a helper's answer is a password, or a refresh token where its user is <token>", () => {
  expect(helperCredential({ ServerURL: "a.io", Username: "ann", Secret: "p:w" })).toEqual(ann);
  expect(helperCredential({ ServerURL: "a.io", Username: "<token>", Secret: "t" })).toEqual({
    kind: "identity",
    token: "t",
  });
  expect(helperCredential({ Username: "", Secret: "" })).toBeUndefined();
  expect(helperCredential(null)).toBeUndefined();
});

test("Docker Hub has the name that Docker gives it", () => {
  expect(["docker.io", "index.docker.io", "ghcr.io"].map(credentialKey)).toEqual([
    "https://index.docker.io/v1/",
    "https://index.docker.io/v1/",
    "ghcr.io",
  ]);
});
