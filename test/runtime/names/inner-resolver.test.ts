import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { upstreamsFromInside } from "../../../src/runtime/names/inner-resolver.ts";

test.each([
  ["the host's, as they change", "nameserver 192.0.2.1\n", undefined, "resolv-file common"],
  [
    "of several, those that are not on the loopback",
    "nameserver 127.0.0.1\nsearch example.org\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n",
    "nameserver 192.0.2.9\n",
    "no-resolv, server 192.0.2.1, server 2001:db8::1",
  ],
  [
    "those that systemd-resolved asks",
    "nameserver 127.0.0.53\n",
    "nameserver 192.0.2.1\n",
    "resolv-file real",
  ],
  [
    "of several, those that have an address without a link of the host's",
    "nameserver 127.0.0.1\nnameserver fe80::1%wlan0\nnameserver router\nnameserver 192.0.2.1\n",
    undefined,
    "no-resolv, server 192.0.2.1",
  ],
  ["nobody where all are on the loopback", "nameserver 127.0.0.1\nnameserver ::1\n", undefined, "no-resolv"],
  ["nobody where none is named", "search example.org\n", "", "no-resolv"],
])("from inside a container are asked: %s", (_, common, real, expected) => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "tallyman-"));
  const files = ["common", "real"].map((name) => join(folder.path, name));
  for (const [index, text] of [common, real].entries()) {
    if (text !== undefined) writeFileSync(files[index] ?? "", text);
  }
  const told = upstreamsFromInside(files).map((word) =>
    word.replace(`${folder.path}/`, "").replace("--", "").replace("=", " "),
  );
  expect(told.join(", ")).toBe(expected);
});
