import { describe, expect, test } from "vitest";
import {
  choosePlatform,
  formatPlatform,
  hostPlatform,
  type Platform,
} from "../../../src/runtime/image/platform.ts";

function choose(offered: readonly string[], nodeArchitecture: string): string | undefined {
  const entries = offered.map((text): { readonly platform?: Platform } => {
    const [os = "", architecture = "", variant] = text.split("/");
    return text === "any"
      ? {}
      : { platform: { os, architecture, ...(variant !== undefined && { variant }) } };
  });
  const chosen = choosePlatform(entries, hostPlatform(nodeArchitecture));
  return chosen && (chosen.platform ? formatPlatform(chosen.platform) : "any");
}

describe("of an index, the image is chosen that", () => {
  test.each([
    ["is for this architecture", "x64", ["linux/arm64/v8", "linux/amd64", "windows/amd64"], "linux/amd64"],
    ["is the plain one before a newer variant", "x64", ["linux/amd64/v3", "linux/amd64"], "linux/amd64"],
    ["is for arm64 with or without its variant", "arm64", ["linux/arm/v7", "linux/arm64"], "linux/arm64"],
    ["is the best variant of arm", "arm", ["linux/arm/v5", "linux/arm/v7", "linux/arm/v6"], "linux/arm/v7"],
    ["runs here rather than one that does not say", "x64", ["any", "linux/amd64"], "linux/amd64"],
    ["does not say, where nothing fits better", "x64", ["linux/s390x", "any"], "any"],
  ] as const)("%s", (_, architecture, offered, chosen) => {
    expect(choose(offered, architecture)).toBe(chosen);
  });

  test.each([
    ["an attestation", ["unknown/unknown"]],
    ["another system's", ["windows/amd64"]],
    ["a variant that needs a newer processor", ["linux/amd64/v4"]],
  ] as const)("is never %s", (_, offered) => {
    expect(choose(offered, "x64")).toBeUndefined();
  });
});
