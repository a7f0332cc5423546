import { expect, test } from "vitest";
import { hasOtherIsolation } from "../../../src/runtime/isolation/has-other-isolation.ts";
import { aContainerSpec } from "../../support/container-spec.ts";

const ids = { first: 1_000_000, count: 65_536 };
const plain = { noNewPrivileges: false };
const off = { userNamespaces: false, noNewPrivileges: false };
const profiles = { seccomp: "default", apparmor: "default" };

test.each([
  { what: "as configured", made: plain, service: {}, now: off, other: false },
  {
    what: "user namespaces turned on",
    made: plain,
    service: {},
    now: { ...off, userNamespaces: true },
    other: true,
  },
  { what: "user namespaces turned off", made: { ...plain, ids }, service: {}, now: off, other: true },
  {
    what: "no_new_privileges turned on",
    made: plain,
    service: {},
    now: { ...off, noNewPrivileges: true },
    other: true,
  },
  {
    what: "turned on, and the service wants none",
    made: plain,
    service: { userNamespace: false },
    now: { ...off, userNamespaces: true },
    other: false,
  },
])("$what: $other", ({ made, service, now, other }) => {
  const spec = aContainerSpec({ image: "busybox", security: { ...profiles, ...service } });
  expect(hasOtherIsolation({ spec, isolation: made }, now)).toBe(other);
});
