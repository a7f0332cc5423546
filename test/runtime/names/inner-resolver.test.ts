import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { upstreamsFromInside } from "../../../src/runtime/names/inner-resolver.ts";

test.each([
  ["the host's, as they are", "nameserver 192.0.2.1\n", undefined, "common"],
  ["those that systemd-resolved asks", "nameserver 127.0.0.53\n", "nameserver 192.0.2.1\n", "real"],
  ["nobody where all are on the loopback", "nameserver 127.0.0.1\nnameserver ::1\n", undefined, undefined],
  ["nobody where none is named", "search example.org\n", "", undefined],
])("from inside a container are asked: %s", (_, common, real, expected) => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "tallyman-"));
  const files = ["common", "real"].map((name) => join(folder.path, name));
  for (const [index, text] of [common, real].entries()) {
    if (text !== undefined) writeFileSync(files[index] ?? "", text);
  }
  expect(upstreamsFromInside(files)).toBe(expected && join(folder.path, expected));
});
