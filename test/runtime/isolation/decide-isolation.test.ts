import { expect, test } from "vitest";
import { decideIsolation } from "../../../src/runtime/isolation/decide-isolation.ts";

const on = true;
const off = false;
const unset = undefined;

const serviceOf = (
  userNamespace: boolean | undefined,
  noNewPrivileges: boolean | undefined,
): Parameters<typeof decideIsolation>[0] => ({
  privileged: false,
  network: "bridge",
  mounts: [],
  security: {
    seccomp: "default",
    apparmor: "default",
    ...(userNamespace !== undefined && { userNamespace }),
    ...(noNewPrivileges !== undefined && { noNewPrivileges }),
  },
});

test.each([
  { service: unset, configuration: off, is: off },
  { service: unset, configuration: on, is: on },
  { service: on, configuration: off, is: on },
  { service: off, configuration: on, is: off },
])(
  "service $service, configuration $configuration: $is, for both settings",
  ({ service, configuration, is }) => {
    const defaults = { userNamespaces: configuration, noNewPrivileges: configuration };
    expect(decideIsolation(serviceOf(service, service), defaults)).toEqual({
      userNamespace: is,
      noNewPrivileges: is,
    });
  },
);

test("one setting does not bring the other", () => {
  const defaults = { userNamespaces: true, noNewPrivileges: false };
  expect(decideIsolation(serviceOf(unset, unset), defaults)).toEqual({
    userNamespace: true,
    noNewPrivileges: false,
  });
});

const onHost = { network: "host" } as const;
const privileged = { privileged: true } as const;
const hostPids = { hostNamespaces: ["pid"] } as const;
const sharedBind = {
  mounts: [
    { kind: "bind", source: "/a", target: "/a", readOnly: false, createSource: false, propagation: "rslave" },
  ],
} as const;

test.each([
  {
    asked: onHost,
    service: on,
    configuration: off,
    says: "`network_mode: host` and the service's user namespace",
  },
  {
    asked: onHost,
    service: unset,
    configuration: on,
    says: "`network_mode: host` and the configuration's user",
  },
  {
    asked: privileged,
    service: unset,
    configuration: on,
    says: "`privileged: true` and the configuration's user",
  },
  { asked: hostPids, service: on, configuration: off, says: "`pid: host` and the service's user namespace" },
  {
    asked: sharedBind,
    service: on,
    configuration: off,
    says: "bind propagation `rslave` and the service's user",
  },
])("$says exclude each other", ({ asked, service, configuration, says }) => {
  const defaults = { userNamespaces: configuration, noNewPrivileges: off };
  expect(() => decideIsolation({ ...serviceOf(service, unset), ...asked }, defaults)).toThrow(says);
});

test.each([onHost, privileged, hostPids, sharedBind])("a service that opts out may have %j", (asked) => {
  const defaults = { userNamespaces: true, noNewPrivileges: off };
  expect(decideIsolation({ ...serviceOf(off, unset), ...asked }, defaults).userNamespace).toBe(false);
});
