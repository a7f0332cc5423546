/** What resolvers that run are told of names that are ours. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeHosts } from "../../../src/runtime/names/hosts-file.ts";
import { reservedFolder, resolversFolder } from "../../../src/runtime/names/layout.ts";
import { Resolvers } from "../../../src/runtime/names/resolvers.ts";
import { VirtualAddresses } from "../../../src/runtime/names/virtual-addresses.ts";

let folder: string;
let ownDomains: string;
let resolvers: Resolvers;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tallyman-resolvers-"));
  const paths = { dataDir: join(folder, "data"), runDir: join(folder, "run") };
  const resolver = join(resolversFolder(paths), "one");
  mkdirSync(resolver, { recursive: true });
  const record = { networks: ["front"], address: "198.18.7.2", upstreams: [] };
  writeFileSync(join(resolver, "record.json"), JSON.stringify(record));
  ownDomains = join(resolver, "own-domains");
  writeFileSync(ownDomains, "server=/db.hello/\n");
  resolvers = new Resolvers({ paths, apart: [], addresses: new VirtualAddresses(paths), isGuest: false });
  writeHosts(reservedFolder(paths), "hello", { hosts: [], unready: ["web.hello"] });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const told = (): string => readFileSync(ownDomains, "utf8");

describe("a resolver that runs", () => {
  test("is told of names that somebody has reserved who was killed before telling it", () => {
    resolvers.reserve("hello", ["web.hello"]);
    expect(told()).toBe("server=/db.hello/\nserver=/web.hello/\n");
  });

  test.each(["example/x.y", "x.y z", "x.y\nserver=192.0.2.66", "x,y.z", "x.y#1"])(
    "is not told of %j, an alias of an earlier version that would say something of others",
    (alias) => {
      const place = { network: "front", address: "198.18.7.3", aliases: [alias, "fit.example"] };
      resolvers.own([place], []);
      expect(told()).toBe("server=/db.hello/\nserver=/fit.example/\n");
    },
  );
});
