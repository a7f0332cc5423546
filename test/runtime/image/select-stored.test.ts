import { describe, expect, test } from "vitest";
import { digest } from "../../../src/model/ids.ts";
import { selectStored } from "../../../src/runtime/image/select-stored.ts";

const one = digest(`sha256:abcd${"1".repeat(60)}`);
const two = digest(`sha256:abce${"2".repeat(60)}`);
const nameless = digest(`sha256:beef${"3".repeat(60)}`);
const name = (
  reference: string,
  of = one,
): { reference: string; digest: typeof one; sizeBytes: number; pulledAt: number } => ({
  reference,
  digest: of,
  sizeBytes: 1,
  pulledAt: 0,
});
const store = {
  names: [
    name("docker.io/library/nginx:latest"),
    name("docker.io/library/nginx:1.27"),
    name("docker.io/library/abce:latest", one),
    name("/srv/image", two),
  ],
  others: [nameless],
};

describe("a person means", () => {
  test.each([
    ["nginx", one, ["docker.io/library/nginx:latest"]],
    ["nginx:1.27", one, ["docker.io/library/nginx:1.27"]],
    ["/srv/image", two, ["/srv/image"]],
    [
      one,
      one,
      ["docker.io/library/nginx:latest", "docker.io/library/nginx:1.27", "docker.io/library/abce:latest"],
    ],
    ["sha256:abce", two, ["/srv/image"]],
    ["beef", nameless, []],
    ["abce", one, ["docker.io/library/abce:latest"]],
    [`example.com/x@${two}`, two, ["/srv/image"]],
  ])("by %s", (text, image, names) => {
    const selected = selectStored(text, store);
    expect(selected.digest).toBe(image);
    expect(selected.names.map(({ reference }) => reference)).toEqual(names);
  });

  test.each([
    ["abc1", "IMAGE_NOT_FOUND"],
    ["redis", "IMAGE_NOT_FOUND"],
    ["sha256:abc", "IMAGE_NOT_FOUND"],
    ["Not/A:Name!", "INVALID_REFERENCE"],
  ])("nothing by %s", (text, code) => {
    expect(() => selectStored(text, store)).toThrow(expect.objectContaining({ code }) as Error);
  });

  test("one of several by a beginning that they share, and is told which", () => {
    const twins = { names: [name("a:b", digest(`sha256:beef${"4".repeat(60)}`))], others: [nameless] };
    expect(() => selectStored("beef", twins)).toThrow(
      expect.objectContaining({
        code: "AMBIGUOUS_REFERENCE",
        hint: expect.stringContaining(nameless) as string,
      }) as Error,
    );
  });
});
