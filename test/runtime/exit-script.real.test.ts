import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { installExitScript, runExitScript } from "../../src/runtime/exit-script.ts";
import { findProgram } from "../../src/sys/find-program.ts";
import { until } from "../support/until.ts";

it("runs the handler of exits apart from the service that we are, which ends with all that is in it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "exit-script-"));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true }));
  const paths = { dataDir: folder, runDir: folder };
  const seen = join(folder, "seen");
  const command = ["/bin/sh", "-c", `echo "$PLACE" > ${seen}.tmp && mv ${seen}.tmp ${seen}`];
  await installExitScript(paths, { command, environment: { SAID: "1" }, awaits: () => true });
  await runExitScript(paths, { apart: [findProgram("env", "coreutils"), "PLACE=a scope of its own"] });
  await until("the handler has run", () => existsSync(seen));
  expect(await readFile(seen, "utf8")).toBe("a scope of its own\n");
});
