import { describe, expect, test } from "vitest";
import { endpointOf } from "../../../../src/runtime/image/registry/endpoint.ts";
import { folderNames } from "../../../../src/runtime/image/registry/host-folder.ts";
import { parseHostsFile, plainEntry } from "../../../../src/runtime/image/registry/hosts-file.ts";

const path = "/etc/tallyman/certs.d/docker.io/hosts.toml";
const parsed = (text: string): unknown =>
  parseHostsFile(text, path).map(({ root, ...entry }) => ({ root: root?.href, ...entry }));
const plain = { ...plainEntry, root: undefined };

describe("a hosts.toml", () => {
  test("has mirrors in the file's order, and the server last", () => {
    const text = `
      server = "https://registry-1.docker.io"

      [host."https://z.example"]
        capabilities = ["pull"]
        ca = "z.crt"
        skip_verify = true

      [host."http://a.example:5000"]
        ca = ["/etc/a.crt", "b.crt"]
        client = [["a.cert", "a.key"]]
        dial_timeout = "1m1.5s"
        [host."http://a.example:5000".header]
          X-Team = "blue"
          x-many = ["1", "2"]
    `;
    expect(parsed(text)).toEqual([
      {
        ...plain,
        root: "https://z.example/v2/",
        capabilities: ["pull"],
        ca: ["/etc/tallyman/certs.d/docker.io/z.crt"],
        skipVerify: true,
      },
      {
        ...plain,
        root: "http://a.example:5000/v2/",
        ca: ["/etc/a.crt", "/etc/tallyman/certs.d/docker.io/b.crt"],
        client: [
          { cert: "/etc/tallyman/certs.d/docker.io/a.cert", key: "/etc/tallyman/certs.d/docker.io/a.key" },
        ],
        headers: { "x-team": "blue", "x-many": "1, 2" },
        connectMs: 61_500,
      },
      { ...plain, root: "https://registry-1.docker.io/v2/" },
    ]);
  });

  test("without a server means the registry itself", () => {
    expect(parsed('capabilities = ["push", "RESOLVE"]')).toEqual([{ ...plain, capabilities: ["resolve"] }]);
  });

  test.each([
    ["a.example", "https://a.example/v2/"],
    ["http://a.example/", "http://a.example/v2/"],
    ["https://a.example/v2", "https://a.example/v2/"],
    ["https://a.example/v2/hub/", "https://a.example/v2/hub/v2/"],
    ["https://a.example/hub", "https://a.example/hub/v2/"],
  ])("takes %s for %s", (server, root) => {
    expect(parsed(`server = "${server}"`)).toEqual([{ ...plain, root }]);
  });

  test("takes a path as it is where it says so", () => {
    const text = 'server = "https://a.example/v2/hub"\noverride_path = true';
    expect(parsed(text)).toEqual([{ ...plain, root: "https://a.example/v2/hub/" }]);
  });

  test("takes one file for certificate and key", () => {
    const both = { cert: "/x/both.pem", key: "/x/both.pem" };
    expect(parsed('client = "/x/both.pem"')).toEqual([{ ...plain, client: [both] }]);
    expect(parsed('client = ["/x/both.pem"]')).toEqual([{ ...plain, client: [both] }]);
  });

  test.each([
    ["server = ", "line 1"],
    ["server = 5", "`server` is not text"],
    ['server = "https://user:word@a.example"', "not the URL of a registry"],
    ['server = "ftp://a.example"', "not the URL of a registry"],
    ["skip_verify = 1", "skip_verify is neither true nor false"],
    ["skip-verify = true", 'nobody knows the key "skip-verify"'],
    ['[host."https://a"]\nskipverify = true', 'nobody knows the key "skipverify" of https://a'],
    ['capabilities = ["fetch"]', '"fetch" is not a capability'],
    ["ca = 1", "ca is neither a path nor a list"],
    ['client = [["a", "b", "c"]]', "something else than pairs"],
    ['dial_timeout = "soon"', "dial_timeout is not a duration"],
    ["[header]\nx = 1", 'header "x" is not text'],
    ['[header]\nx = "a\\nb"', 'header "x" cannot be sent'],
    ["host = 1", "`host` is not a table"],
  ])("with %s is refused: %s", (text, why) => {
    expect(() => parseHostsFile(text, path)).toThrow(
      expect.objectContaining({
        code: "BAD_HOSTS_FILE",
        message: expect.stringContaining(why) as string,
      }) as Error,
    );
    expect(() => parseHostsFile(text, path)).toThrow(path);
  });
});

describe("an endpoint", () => {
  const noTls = { ca: [], client: [], skipVerify: false };
  const at = (
    registry: string,
    root: string | undefined,
    tls: typeof noTls | { ca: string[] } = noTls,
  ): object => {
    const entry = { ...plainEntry, root: root === undefined ? undefined : new URL(root) };
    const endpoint = endpointOf(registry, entry, { ...noTls, ...tls });
    return { root: endpoint.root.href, account: endpoint.account, mirrorOf: endpoint.mirrorOf };
  };

  test("that is the registry itself has its credentials", () => {
    const hub = { root: "https://registry-1.docker.io/v2/", account: "docker.io", mirrorOf: undefined };
    expect(at("docker.io", undefined)).toEqual(hub);
    expect(at("docker.io", "https://registry-1.docker.io/v2/")).toEqual(hub);
    expect(at("a.example", "http://a.example/v2/")).toEqual({
      root: "http://a.example/v2/",
      account: "a.example",
      mirrorOf: undefined,
    });
  });

  test("that is a mirror has its own, and is told which registry is meant", () => {
    expect(at("docker.io", "https://m.example:5000/v2/")).toEqual({
      root: "https://m.example:5000/v2/",
      account: "m.example:5000",
      mirrorOf: "docker.io",
    });
  });

  test("on this machine speaks TLS where it has certificates", () => {
    expect(at("127.0.0.1:5000", undefined)).toMatchObject({ root: "http://127.0.0.1:5000/v2/" });
    expect(at("127.0.0.1:5000", undefined, { ca: ["PEM"] })).toMatchObject({
      root: "https://127.0.0.1:5000/v2/",
    });
  });
});

test.each([
  ["docker.io", ["docker.io", "_default"]],
  ["a.example:5000", ["a.example_5000_", "a.example:5000", "_default"]],
  ["[::1]:5000", ["[::1]_5000_", "[::1]:5000", "_default"]],
  ["[::1]", ["[::1]", "_default"]],
])("the folder of %s is the first of %j", (registry, names) => {
  expect(folderNames(registry)).toEqual(names);
});
