import { expect, test } from "vitest";
import { withoutLoopback } from "../../../../src/runtime/container/root/etc-files.ts";

test("resolvers on the host's loopback are left out, everything else stays", () => {
  const file = [
    "# ours",
    "nameserver 127.0.0.53",
    "nameserver ::1",
    " nameserver 10.0.0.2",
    "search a b",
    "",
  ];
  expect(withoutLoopback(file.join("\n"))).toBe("# ours\n nameserver 10.0.0.2\nsearch a b\n");
});
