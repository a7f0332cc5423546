import { expect, test } from "vitest";
import { resolvConf, withoutLoopback } from "../../../../src/runtime/container/root/resolv-conf.ts";

const host = "# ours\nnameserver 192.0.2.1\nsearch corp.example\noptions timeout:1\n";

test("resolvers on the host's loopback are left out, everything else stays", () => {
  const file = "# ours\nnameserver 127.0.0.53\nnameserver ::1\n nameserver 10.0.0.2\nsearch a b\n";
  expect(withoutLoopback(file)).toBe("# ours\n nameserver 10.0.0.2\nsearch a b\n");
});

test("where nothing is said, it is the host's file", () => {
  expect(resolvConf({ host, lookup: {} })).toBe(host);
});

test("our resolver is asked in place of the host's, for a name as it is first", () => {
  expect(resolvConf({ host, nameserver: "10.89.0.9", lookup: { servers: ["192.0.2.53"] } })).toBe(
    "nameserver 10.89.0.9\nsearch corp.example\noptions timeout:1\noptions ndots:0\n",
  );
});

test("what is said stands in place of the host's, one by one", () => {
  expect(resolvConf({ host, lookup: { search: ["a.example", "b.example"] } })).toBe(
    "# ours\nnameserver 192.0.2.1\noptions timeout:1\nsearch a.example b.example\n",
  );
  expect(resolvConf({ host, lookup: { servers: ["192.0.2.53"], search: [] } })).toBe(
    "nameserver 192.0.2.53\noptions timeout:1\n",
  );
  expect(resolvConf({ host, nameserver: "10.89.0.9", lookup: { options: ["ndots:2", "rotate"] } })).toBe(
    "nameserver 10.89.0.9\nsearch corp.example\noptions ndots:2 rotate\n",
  );
});
