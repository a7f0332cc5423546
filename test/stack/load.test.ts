import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadStack } from "../../src/stack/load.ts";
import { loadText } from "./support/load-text.ts";

const minimal = "services: {web: {image: nginx}}";

describe("a file that cannot be loaded is a diagnostic, never an absent stack", () => {
  test("a missing file", async () => {
    const loaded = await loadStack(
      { directory: "/nowhere", files: ["/nowhere/compose.yaml"] },
      { environment: {}, workingDirectory: "/" },
    );
    expect(loaded.stack).toBeUndefined();
    expect(loaded.diagnostics).toMatchObject([
      { severity: "error", code: "missing-file", place: { file: "nowhere/compose.yaml", line: 1 } },
    ]);
  });

  test("a folder in place of a file", async () => {
    const directory = await mkdtemp(join(tmpdir(), "tallyman-stack-"));
    try {
      const loaded = await loadStack(
        { directory, files: [directory] },
        { environment: {}, workingDirectory: "/" },
      );
      expect(loaded).toMatchObject({ diagnostics: [{ severity: "error", code: "unreadable-file" }] });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test("a file above the limit", async () => {
    const { stack, diagnostics } = await loadText(`# ${"x".repeat(1024 * 1024)}\n${minimal}`);
    expect(stack).toBeUndefined();
    expect(diagnostics).toMatchObject([
      { code: "unreadable-file", message: expect.stringContaining("1048576") as string },
    ]);
  });

  test("several files in a folder", async () => {
    const files = { directory: "/s", files: ["/s/compose.yaml", "/s/compose.override.yaml"] };
    const { stack, diagnostics } = await loadStack(files, { environment: {}, workingDirectory: "/s" });
    expect(stack).toBeUndefined();
    expect(diagnostics).toMatchObject([{ severity: "error", code: "unsupported-merge" }]);
  });

  test.each(["services: {}", "name: x", "x-only: 1"])("a file without services: %s", async (text) => {
    const { stack, diagnostics } = await loadText(text);
    expect(stack).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toEqual(["no-services"]);
  });
});

describe("the stack's name", () => {
  test("is the folder's, without what a name may not hold", async () => {
    const { stack } = await loadText(minimal, { folder: "My Shop.v2" });
    expect(stack?.name).toBe("myshopv2");
  });

  test("is an error where the folder's name leaves nothing", async () => {
    const { diagnostics } = await loadText(minimal, { folder: "日本" });
    expect(diagnostics).toMatchObject([{ code: "invalid-name", place: { line: 1 } }]);
  });
});

describe("variables", () => {
  const text = "services: {web: {image: nginx, labels: {from: '$VAR'}, environment: [VAR, LOCAL]}}";

  test("come from .env beside the file", async () => {
    const { stack } = await loadText(text, { files: { ".env": "VAR=dotenv\nLOCAL=yes" } });
    expect(stack?.services[0]?.container).toMatchObject({
      labels: { from: "dotenv" },
      environment: { VAR: "dotenv", LOCAL: "yes" },
    });
  });

  test("from outside win over .env", async () => {
    const { stack } = await loadText(text, {
      files: { ".env": "VAR=dotenv" },
      environment: { VAR: "outside" },
    });
    expect(stack?.services[0]?.container).toMatchObject({
      labels: { from: "outside" },
      environment: { VAR: "outside" },
    });
  });

  test("that a broken .env holds are an error with their place", async () => {
    const { diagnostics } = await loadText(minimal, { files: { ".env": "A=1\n9=2" } });
    expect(diagnostics).toMatchObject([{ code: "invalid-env-file", place: { file: ".env", line: 2 } }]);
  });
});

describe("env_file", () => {
  const web = (lines: string): string => `services:\n  web:\n    image: nginx\n    ${lines}\n`;

  test("gives variables in order, and environment wins", async () => {
    const { stack } = await loadText(web("env_file: [one.env, two.env]\n    environment: {C: own}"), {
      files: { "one.env": "A=1\nB=1\nC=1", "two.env": "B=2\nC=2\nD='$A'\nE=$A" },
      environment: { A: "outside" },
    });
    expect(stack?.services[0]?.container.environment).toEqual({
      A: "1",
      B: "2",
      C: "own",
      D: "$A",
      E: "outside",
    });
    expect(stack?.services[0]?.source).not.toHaveProperty("env_file");
  });

  test("keeps the place of each variable", async () => {
    const { stack } = await loadText(web("env_file: one.env"), { files: { "one.env": "\nA=1" } });
    expect(stack?.places["services.web.environment.A"]).toEqual({ file: "one.env", line: 2, column: 1 });
  });

  test("may be missing where it is not required, and only there", async () => {
    const optional = await loadText(
      web("env_file: {path: no.env, required: false}")
        .replace("{path", "[{path")
        .replace("false}", "false}]"),
    );
    expect(optional.diagnostics).toEqual([]);
    const required = await loadText(web("env_file: no.env"));
    expect(required.diagnostics).toMatchObject([{ code: "missing-file", place: { line: 4, column: 15 } }]);
  });

  test("in raw format is taken as it is", async () => {
    const { stack } = await loadText(web("env_file: [{path: raw.env, format: raw}]"), {
      files: { "raw.env": "A='$B' # c" },
    });
    expect(stack?.services[0]?.container.environment).toEqual({ A: "'$B' # c" });
  });
});

test("places are those of the canonical form, for lists and mappings, long and short", async () => {
  const { stack } = await loadText(
    [
      "services:",
      "  web:",
      "    image: nginx",
      "    environment:",
      "      - A=1",
      "    ports:",
      "      - 1-2:3-4",
      "      - {target: 5,",
      "         published: 6}",
    ].join("\n"),
  );
  const line = (path: string): number | undefined => stack?.places[path]?.line;
  expect({
    service: line("services.web"),
    image: line("services.web.image"),
    variable: line("services.web.environment.A"),
    secondOfRange: line("services.web.ports[1]"),
    longPort: line("services.web.ports[2]"),
    published: line("services.web.ports[2].published"),
  }).toEqual({ service: 2, image: 3, variable: 5, secondOfRange: 7, longPort: 8, published: 9 });
});

test("an image may be a path in several ways, while the source keeps what was written", async () => {
  const images = [
    "./i",
    "../i",
    "/i",
    "~/i",
    "oci:i",
    "oci-archive:/i.tar",
    "docker-archive:./i.tar",
    "host:5000/a/b:c",
  ];
  const services = images.map((image, index) => `  s${index}: {image: "${image}"}`).join("\n");
  const { stack } = await loadText(`services:\n${services}`, { environment: { HOME: "/home/ada" } });
  expect(stack?.services.map(({ container }) => container.image)).toEqual([
    "/stack/i",
    "/i",
    "/i",
    "/home/ada/i",
    "/stack/i",
    "/i.tar",
    "/stack/i.tar",
    "host:5000/a/b:c",
  ]);
  expect(stack?.services.map(({ source }) => source["image"])).toEqual(images);
});

test("restart policies come out in one set of terms", async () => {
  const policies = {
    unset: "",
    never: 'restart: "no"',
    always: "restart: always",
    unlessStopped: "restart: unless-stopped",
    onFailure: "restart: on-failure",
    limited: "restart: on-failure:3",
    swarm: "deploy: {restart_policy: {condition: on-failure}}",
    swarmWins: 'restart: "no", deploy: {restart_policy: {delay: 0s, window: 1m, max_attempts: 2}}',
  };
  const lines = Object.entries(policies).map(([name, keys]) => `  ${name}: {image: a${keys && `, ${keys}`}}`);
  const { stack } = await loadText(`services:\n${lines.join("\n")}`);
  const restart = Object.fromEntries(stack?.services.map((service) => [service.name, service.restart]) ?? []);
  const plain = { delayMs: 0, windowMs: 10_000 };
  expect(restart).toEqual({
    unset: { ...plain, condition: "on-failure" },
    never: { ...plain, condition: "none" },
    always: { ...plain, condition: "any" },
    unlessStopped: { ...plain, condition: "any" },
    onFailure: { ...plain, condition: "on-failure" },
    limited: { ...plain, condition: "on-failure", maxAttempts: 3 },
    swarm: { condition: "on-failure", delayMs: 5_000, windowMs: 10_000 },
    swarmWins: { condition: "any", delayMs: 0, windowMs: 60_000, maxAttempts: 2 },
  });
});
