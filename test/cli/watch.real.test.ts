import { existsSync, readdirSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";
import { answersWith, get, webStack } from "../support/web-stack.ts";

describe("while the stack file is watched", () => {
  test("a change is planned, and its first operation begins within a second", async () => {
    await using instance = await anInstance();
    const port = await freePort();
    await instance.write("compose.yaml", webStack({ port, replicas: 1 }));
    await using program = instance.spawn(["reconcile", "--watch"]);
    await program.prints("Watching");

    const tookMs: number[] = [];
    for (const greeting of ["Servus", "Moin", "Salut"]) {
      const before = made(instance);
      const mark = program.mark;
      const writtenAt = performance.now();
      await instance.write("compose.yaml", webStack({ port, replicas: 1, greeting }));
      await until("a container is being made", () => made(instance).some((id) => !before.includes(id)), {
        pollMs: 2,
      });
      tookMs.push(performance.now() - writtenAt);
      await program.prints(`→ ${greeting}  compose.yaml:10`, { mark });
      await program.prints("Watching", { mark });
      expect(await get(`http://127.0.0.1:${port}/`)).toMatch(`${greeting} from`);
    }
    expect(Math.max(...tookMs)).toBeLessThan(1000);
  });

  test("a file that an editor has moved into its place counts, and so does one that was gone for a moment", async () => {
    await using instance = await anInstance();
    const port = await freePort();
    const file = await instance.write("compose.yaml", webStack({ port, replicas: 1 }));
    await using program = instance.spawn(["reconcile", "--watch", "-f", "compose.yaml"]);
    await program.prints("Watching");

    await writeFile(`${file}.new`, webStack({ port, replicas: 1, greeting: "Moved" }));
    await rename(`${file}.new`, file);
    await program.prints("→ Moved");
    await answersWith(`http://127.0.0.1:${port}/`, "Moved from");
    await rename(file, `${file}~`);
    await writeFile(file, webStack({ port, replicas: 1, greeting: "Rewritten" }));
    await program.prints("→ Rewritten");
    await answersWith(`http://127.0.0.1:${port}/`, "Rewritten from");
  });

  test("broken YAML is explained and changes nothing, and the mended file counts again", async () => {
    await using instance = await anInstance();
    const port = await freePort();
    const file = await instance.write("compose.yaml", webStack({ port }));
    await using program = instance.spawn(["reconcile", "--watch"]);
    await program.prints("Watching");
    const before = await instance.pids();

    await instance.write("compose.yaml", webStack({ port }).replace("image: ./image", "image: [./image"));
    await program.prints(/^compose\.yaml:\d+:\d+: error: /m);
    await program.prints("Stacks with errors stay as they are until their files are mended.");
    expect(await instance.pids()).toEqual(before);

    await rm(file);
    await program.prints(/^error: .*compose|^error: .* holds no stack file/m);
    expect(await instance.pids()).toEqual(before);

    await instance.write("compose.yaml", webStack({ port, replicas: 3 }));
    await program.prints(/✓ join +shop-web-3/);
    expect(await instance.pids()).toMatchObject(before);
  });

  test("a folder of stacks gains one and loses one", async () => {
    await using instance = await anInstance();
    await instance.write("stacks/one/compose.yaml", sleeper("one", "../../image"));
    await using program = instance.spawn(["reconcile", "--watch", "-f", "stacks"]);
    await program.prints("Watching");

    await instance.write("stacks/two/compose.yaml", sleeper("two", "../../image"));
    await program.prints(/✓ start +two-job-1/);
    expect(Object.keys(await instance.pids())).toEqual(["one-job-1", "two-job-1"]);
    await rm(join(instance.folder, "stacks/one"), { recursive: true });
    await program.prints(/✓ remove +one-job-1/);
    expect(Object.keys(await instance.pids())).toEqual(["two-job-1"]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s ends the watching, says how to go on, and leaves the containers",
    async (name) => {
      await using instance = await anInstance();
      await instance.write("compose.yaml", sleeper("one"));
      await using program = instance.spawn(["reconcile", "--watch"]);
      await program.prints("Ctrl-C ends the watching; the containers go on.");
      const before = await instance.pids();

      program.signal(name);
      const { exitCode, stderr } = await program.ended;
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(
        /The watching has ended; the containers go on. To see them, and to remove them:\n {2}\S*tallyman ps\n {2}\S*tallyman down one\n$/,
      );
      expect(await instance.pids()).toEqual(before);
      expect(existsSync(`/proc/${before["one-job-1"] ?? ""}/exe`)).toBe(true);
    },
  );
});

/** Ids of the containers that have a folder. */
function made({ dataDir }: TestInstance): readonly string[] {
  return readdirSync(join(dataDir, "containers"));
}

function sleeper(name: string, image = "./image"): string {
  return `name: ${name}\nservices:\n  job: { image: ${image}, command: [sleep, infinity], init: true }\n`;
}
