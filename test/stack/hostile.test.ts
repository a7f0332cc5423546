import { expect, test } from "vitest";
import { loadText } from "./support/load-text.ts";

const web = (lines: string, rest = ""): string =>
  `services:\n  web:\n    image: nginx\n    ${lines}\n${rest}`;
const times = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join("\n");

/** A stack that would be loaded in no time, in no memory, or in no way at all. */
const cases: readonly (readonly [what: string, code: string, text: string, dotenv: string])[] = [
  ["more replicas than there are addresses", "invalid-value", web("deploy: {replicas: 1000000000}"), ""],
  [
    "65 million ports in 12 KB",
    "invalid-port",
    web(`ports: [${Array(1000).fill('"1-65535"').join(",")}]`),
    "",
  ],
  [
    "a chain of services longer than the call stack is deep",
    "too-large",
    `services:\n${times(9000, (i) => `  s${i}: {image: b, depends_on: [s${i + 1}]}`)}\n  s9000: {image: b}`,
    "",
  ],
  ["an unknown key of 900 KB", "unknown-key", web(`? ${"k".repeat(900_000)}\n    : 1`), ""],
  [
    "40,000 unknown keys",
    "unknown-key",
    web(times(40_000, (i) => `${i === 0 ? "" : "    "}imag${i}: 1`)),
    "",
  ],
  [
    "variables that double 60 times",
    "too-large",
    web("command: [a]"),
    `A0=xxxx\n${times(60, (i) => `A${i + 1}=$A${i}$A${i}`)}`,
  ],
  [
    "20,000 uses of a long variable",
    "too-large",
    web(`labels:\n${times(20_000, (i) => `      l${i}: "$A"`)}`),
    `A=${"x".repeat(100_000)}`,
  ],
  [
    "variables in each other 100,000 deep",
    "invalid-interpolation",
    web(`command: "${"${A:-".repeat(100_000)}${"}".repeat(100_000)}"`),
    "",
  ],
  ["a quote that a million lines do not close", "invalid-env-file", web(""), `A='${"\n".repeat(1_000_000)}`],
  ["a NUL in a value", "invalid-value", web('environment: {A: "x\\0y"}'), ""],
  ["a NUL in .env", "unreadable-file", web(""), "A=x\0y"],
  ["a volume that is a path", "invalid-name", web('volumes: ["x:/x"]', "volumes: {x: {name: ../../x}}"), ""],
  ["a hostname that adds a line to /etc/hosts", "invalid-name", web('hostname: "a\\n1.2.3.4 bank"'), ""],
  [
    "a security option that every object has",
    "unsupported-value",
    web('security_opt: ["constructor:x"]'),
    "",
  ],
  [
    "a GPU driver that every object has",
    "unsupported-value",
    web("deploy: {resources: {reservations: {devices: [{driver: constructor, capabilities: [gpu]}]}}}"),
    "",
  ],
  ["less memory than a process starts with", "invalid-value", web("mem_limit: 1"), ""],
  ["more memory than can be counted", "invalid-size", web("mem_limit: 99999999999g"), ""],
  ["less of a CPU than can be scheduled", "invalid-value", web("cpus: 0.0001"), ""],
  ["logs too small to hold anything", "invalid-value", web("logging: {options: {max-size: 1k}}"), ""],
  ["no log file at all", "invalid-value", web("logging: {options: {max-file: 0}}"), ""],
  ["more processes than there can be", "invalid-value", web("pids_limit: 99999999999"), ""],
];

test.each(cases)("%s is said to be wrong, and soon", async (_what, code, text, dotenv) => {
  const { stack, diagnostics } = await loadText(text, { files: { ".env": dotenv } });
  expect(stack).toBeUndefined();
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(new Set(errors.map((error) => error.code))).toEqual(new Set([code]));
  expect(errors.length).toBeLessThanOrEqual(200);
});

test("every port there is can be published", async () => {
  const { stack } = await loadText(web('ports: ["1-65535:1-65535"]'));
  expect(stack?.services[0]?.ports).toHaveLength(65_535);
});
