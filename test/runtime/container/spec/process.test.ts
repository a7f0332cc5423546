import { expect, test } from "vitest";
import type { ContainerSpec } from "../../../../src/model/container-spec.ts";
import { argumentsOf, environmentOf, workingDirOf } from "../../../../src/runtime/container/spec/process.ts";
import { plainSpec } from "../../../support/test-runtime.ts";

const image = {
  user: "",
  env: ["A=image", "B=x=y", "NOVALUE"],
  entrypoint: ["entry"],
  cmd: ["cmd"],
  volumes: [],
  workingDir: "",
  labels: {},
};

test.each<[Pick<ContainerSpec, "entrypoint" | "command">, readonly string[]]>([
  [{}, ["entry", "cmd"]],
  [{ command: ["mine"] }, ["entry", "mine"]],
  [{ command: [] }, ["entry"]],
  [{ entrypoint: ["own"] }, ["own"]],
  [{ entrypoint: ["own"], command: ["mine"] }, ["own", "mine"]],
  [{ entrypoint: [], command: ["mine"] }, ["mine"]],
])("%j over entry and cmd is %j", (asked, args) => {
  expect(argumentsOf({ ...plainSpec, ...asked }, image)).toEqual(args);
});

test("an empty entrypoint and no command is nothing to run", () => {
  expect(() => argumentsOf({ ...plainSpec, entrypoint: [] }, image)).toThrow(
    expect.objectContaining({ code: "NO_COMMAND" }) as Error,
  );
});

test("a variable may have any name that a key can have", () => {
  const spec = { ...plainSpec, environment: JSON.parse('{"__proto__": "1"}') as Record<string, string> };
  const variables = environmentOf(
    spec,
    { ...image, env: ["constructor=2"] },
    { hostname: "h", home: "/root" },
  );
  expect(variables).toEqual(expect.arrayContaining(["__proto__=1", "constructor=2"]));
});

test("the user's environment goes over the image's, and that over ours", () => {
  const spec = { ...plainSpec, environment: { A: "user", HOME: "/else" } };
  expect(environmentOf(spec, image, { hostname: "h", home: "/root" })).toEqual([
    "A=user",
    "B=x=y",
    "HOME=/else",
    "HOSTNAME=h",
    "NOVALUE=",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  ]);
});

test.each(["/proc", "//proc/self/fd/8", "/./proc/self", "/x/../proc/self/fd/8", "relative"])(
  "%j cannot be the working directory",
  (workingDir) => {
    expect(() => workingDirOf({ ...plainSpec, workingDir }, image)).toThrow(
      expect.objectContaining({ code: "BAD_WORKING_DIR" }) as Error,
    );
  },
);
