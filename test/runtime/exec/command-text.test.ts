import { describe, expect, it } from "vitest";
import { commandText } from "../../../src/runtime/exec/command-text.ts";

const env = ["PATH=/usr/bin", "DB_PASSWORD=hunter2hunter2", "DB_URL=postgres://app:s3cretword@db/app"];

describe("what is told of a command that somebody runs in a container", () => {
  it.each<[string, readonly string[], string]>([
    ["is its line", ["sh", "-c", "ls /usr/bin"], "sh -c ls /usr/bin"],
    ["has no secret of its environment", ["mysql", "-phunter2hunter2"], "mysql -p(hidden)"],
    ["nor a password out of a URL", ["psql", "s3cretword"], "psql (hidden)"],
    ["nor what an argument calls so", ["curl", "--password=letmein"], "curl --password=(hidden)"],
    ["nor any in the middle", ["sh", "-c", "PW=hunter2hunter2 run"], "sh -c PW=(hidden) run"],
  ])("%s", (_, args, text) => expect(commandText({ args, env })).toBe(text));

  it("is cut where it is long, after its secrets are hidden", () => {
    const text = commandText({ args: ["x".repeat(995), "hunter2hunter2"], env });
    expect(text).toBe(`${"x".repeat(995)} (hid…`);
  });
});
