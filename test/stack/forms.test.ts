import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sourceOf } from "./support/load-text.ts";

const volumes = "volumes: {data: }";

describe("equal meaning gives an equal source", () => {
  test.each([
    ["command", "command: run --now 'a b'", "command: [run, --now, a b]"],
    ["environment", "environment: [A=1, B=x=y]", "environment: {A: 1, B: x=y}"],
    ["labels", "labels: [a=1, b]", "labels: {a: 1, b: ''}"],
    ["sysctls", "sysctls: [net.ipv4.ip_forward=1]", "sysctls: {net.ipv4.ip_forward: 1}"],
    ["a port", "ports: ['8080:80']", "ports: [{target: 80, published: 8080}]"],
    [
      "an address",
      "ports: ['127.0.0.1:80:80/tcp']",
      "ports: [{target: 80, published: '80', host_ip: 127.0.0.1}]",
    ],
    ["a range", "ports: ['1-2:3-4']", "ports: ['1:3', '2:4']"],
    [
      "a volume",
      "volumes: ['data:/x/:ro']",
      "volumes: [{type: volume, source: data, target: /x, read_only: true}]",
    ],
    ["a bind", "volumes: ['./a/../b:/x']", "volumes: [{type: bind, source: b, target: /x}]"],
    ["an anonymous volume", "volumes: [/x]", "volumes: [{type: volume, target: /x}]"],
    ["tmpfs", "tmpfs: /run", "tmpfs: [/run]"],
    ["ulimits", "ulimits: {nofile: 10}", "ulimits: {nofile: {soft: 10, hard: '10'}}"],
    ["a healthcheck", "healthcheck: {test: curl x}", "healthcheck: {test: [CMD-SHELL, curl x]}"],
    ["a disabled healthcheck", "healthcheck: {test: [NONE]}", "healthcheck: {disable: true, interval: 3s}"],
    ["durations", "stop_grace_period: 90s", "stop_grace_period: 1m30s"],
    ["sizes", "mem_limit: 1g", "mem_limit: 1073741824"],
    [
      "logs",
      "logging: {options: {max-size: 10m, max-file: '3'}}",
      "logging: {options: {max-size: 10485760, max-file: 3}}",
    ],
    ["booleans", "init: yes", "init: 'true'"],
    ["numbers", "scale: '2'", "scale: 2"],
    ["pull policy", "pull_policy: if_not_present", "pull_policy: missing"],
    ["nothing", "labels: {}\nx-note: mine", ""],
    ["order of keys", "user: a\ninit: true", "init: true\nuser: a"],
  ])("%s", async (_what, one, other) => {
    expect(await sourceOf(one, volumes)).toEqual(await sourceOf(other, volumes));
  });

  test("an empty command is not the same as none: it clears the image's", async () => {
    expect(await sourceOf("command: []")).toHaveProperty("command", []);
    expect(await sourceOf("command:")).not.toHaveProperty("command");
  });

  test("any port in short form equals itself in long form", async () => {
    const port = fc.integer({ min: 1, max: 65535 });
    await fc.assert(
      fc.asyncProperty(port, port, async (published, target) => {
        const short = await sourceOf(`ports: ["${published}:${target}"]`);
        expect(short).toEqual(await sourceOf(`ports: [{target: ${target}, published: "${published}"}]`));
      }),
      { numRuns: 25 },
    );
  });

  test("any variable in a list equals itself in a mapping", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme-ascii" }), async (value) => {
        const written = value.replaceAll("$", "$$$$");
        const inList = await sourceOf(`environment: [${JSON.stringify(`A=${written}`)}]`);
        expect(inList).toEqual(await sourceOf(`environment: {A: ${JSON.stringify(written)}}`));
        expect(inList).toHaveProperty("environment", { A: value });
      }),
      { numRuns: 25 },
    );
  });
});
