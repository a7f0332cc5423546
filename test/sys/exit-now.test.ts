/** A process that is to end at once does so whatever its threads wait for. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../../src/sys/run.ts";

test("it ends beside a call that does not return, with what it has written", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tm-exit-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const fifo = join(folder, "nobody-writes");
  await run("mkfifo", [fifo]);
  const module = new URL("../../src/sys/exit-now.ts", import.meta.url).href;
  const program = `
    import { open } from "node:fs/promises";
    import { exitNow } from ${JSON.stringify(module)};
    void open(${JSON.stringify(fifo)});
    setImmediate(() => {
      process.stdout.write("said");
      exitNow(3);
    });`;
  const ended = run(process.execPath, ["--input-type=module", "--eval", program], { timeoutMs: 10_000 });
  await expect(ended).rejects.toMatchObject({ exitCode: 3, stdout: "said" });
});
