import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStateReader } from "../../src/state/state-reader.ts";
import { openState } from "../../src/state/state.ts";
import { entry } from "./memories.ts";

const saved = { inventory: [entry("hello", "web")], rollouts: [] };

test("a reader beside a writer that died within a transaction sees what was there before, and changes nothing", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "state-"));
  {
    using state = openState(dataDir);
    state.save(saved);
  }
  await dieInTransaction(join(dataDir, "state.db"));
  const before = await contents(dataDir);
  expect(Object.keys(before)).toEqual(["state.db", "state.db-journal"]);

  using reader = openStateReader(dataDir);
  expect(reader.read()).toEqual({ ...saved, specs: {} });
  expect(await contents(dataDir)).toEqual(before);

  using state = openState(dataDir);
  expect(state.read()).toEqual({ ...saved, specs: {} });
  expect(reader.read()).toEqual({ ...saved, specs: {} });
  await rm(dataDir, { recursive: true });
});

test("it holds secrets, so it is for root alone, also where it was not before", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "state-"));
  await writeFile(join(dataDir, "state.db"), "", { mode: 0o644 });
  openState(dataDir)[Symbol.dispose]();
  expect((await stat(join(dataDir, "state.db"))).mode & 0o777).toBe(0o600);
  await rm(dataDir, { recursive: true });
});

test("using it prints no warning", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "state-"));
  const module = new URL("../../src/state/state.ts", import.meta.url).href;
  const script = `import(${JSON.stringify(module)}).then((m) => m.openState(process.argv[1])[Symbol.dispose]())`;
  const child = spawn(process.execPath, ["-e", script, dataDir], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [exitCode] = (await once(child, "close")) as [number];
  expect({ exitCode, output }).toEqual({ exitCode: 0, output: "" });
  await rm(dataDir, { recursive: true });
});

/** Writes half a transaction to disk, as a writer with too little cache does, and is killed. */
async function dieInTransaction(path: string): Promise<void> {
  const script = `
    const database = new (require("node:sqlite").DatabaseSync)(process.argv[1]);
    database.exec("PRAGMA cache_size = 1; BEGIN IMMEDIATE; DELETE FROM inventory");
    const insert = database.prepare("INSERT INTO specs (hash, spec) VALUES (?, ?)");
    for (let row = 0; row < 500; row++) insert.run(String(row), "x".repeat(1000));
    process.kill(process.pid, "SIGKILL");`;
  const child = spawn(process.execPath, ["-e", script, path], { stdio: "inherit" });
  expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
}

async function contents(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder)).sort();
  const files = names.map(async (name) => [name, await readFile(join(folder, name), "hex")] as const);
  return Object.fromEntries(await Promise.all(files));
}
