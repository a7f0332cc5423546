/** Names of containers as resolvers read them. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dottedNames, writeHosts } from "../../../src/runtime/names/hosts-file.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "tallyman-names-"))));
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("a file of hosts", () => {
  test("has a line for each address, and those that nobody has now in a comment", () => {
    writeHosts(folder, "one", { hosts: [["10.1.2.3", ["web", "web.hello"]]], unready: ["db.hello"] });
    expect(readFileSync(join(folder, "one"), "utf8")).toBe("# db.hello\n10.1.2.3 web web.hello\n");
    expect(dottedNames(folder)).toEqual(["db.hello", "web.hello"]);
  });

  test.each(["a b", "x\n192.0.2.66\tdb", "x,y", "example/x.y", "#x", ""])(
    "has no name %j, which would say something of others",
    (name) => {
      writeHosts(folder, "one", { hosts: [["10.1.2.3", ["web", name]]], unready: [name] });
      expect(readFileSync(join(folder, "one"), "utf8")).toBe("10.1.2.3 web\n");
    },
  );
});
