import { expect, test } from "vitest";
import type { ContainerSpec } from "../../src/model/container-spec.ts";
import { oneOffSpec, type OneOffChanges } from "../../src/cli/commands/one-off-spec.ts";
import { aContainerSpec } from "../support/container-spec.ts";

const service = aContainerSpec({
  image: "app",
  entrypoint: ["/entry"],
  command: ["serve"],
  environment: { A: "1", B: "2" },
  mounts: [{ kind: "volume", volume: "app_data", target: "/data", readOnly: false, noCopy: false }],
  terminal: true,
});
const changed = (changes: Partial<OneOffChanges>): ContainerSpec => {
  const none: OneOffChanges = { command: [], environment: {}, volumes: [], terminal: false };
  return oneOffSpec(service, { ...none, ...changes }, { folder: "/here" });
};

test("a one-off container is as the service's, with input that ends with ours, and a terminal only where asked", () => {
  const { terminal, ...rest } = service;
  expect(changed({})).toEqual({ ...rest, stdin: "once" });
  expect(changed({ terminal: true }).terminal).toBe(terminal);
});

test.each<[Partial<OneOffChanges>, Partial<ContainerSpec>]>([
  [{ command: ["ls", "-l"] }, { entrypoint: ["/entry"], command: ["ls", "-l"] }],
  [
    { entrypoint: "sh -c 'a b'", command: ["x"] },
    { entrypoint: ["sh", "-c", "a b"], command: ["x"] },
  ],
  [{ entrypoint: "" }, { entrypoint: [] }],
  [{ environment: { B: "3", C: "4" } }, { environment: { A: "1", B: "3", C: "4" } }],
  [
    { user: "ann", workingDir: "/srv" },
    { user: "ann", workingDir: "/srv" },
  ],
])("%j makes it %j", (changes, expected) => {
  expect(changed(changes)).toMatchObject(expected);
});

test("the service's command goes with its entrypoint", () => {
  expect(changed({ entrypoint: "sh" })).not.toHaveProperty("command");
});

test.each([
  [
    "./data:/mnt:ro",
    { kind: "bind", source: "/here/data", target: "/mnt", readOnly: true, createSource: true },
  ],
  ["/srv:/mnt", { kind: "bind", source: "/srv", target: "/mnt", readOnly: false, createSource: true }],
  ["cache:/mnt", { kind: "volume", volume: "cache", target: "/mnt", readOnly: false, noCopy: false }],
  ["/mnt", { kind: "volume", target: "/mnt", readOnly: false, noCopy: false }],
])("-v %s is one more mount", (volume, mount) => {
  expect(changed({ volumes: [volume] }).mounts).toEqual([...service.mounts, mount]);
});

test("-v takes the place of what the service has there", () => {
  expect(changed({ volumes: ["./mine:/data"] }).mounts).toMatchObject([{ kind: "bind", target: "/data" }]);
});

test.each(["a:b", "a:/b:rx", "a:/b:ro:z", ":/b", ""])("-v %j is refused", (volume) => {
  expect(() => changed({ volumes: [volume] })).toThrow(
    expect.objectContaining({ code: "BAD_VOLUME" }) as Error,
  );
});
