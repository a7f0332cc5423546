import { expect, test } from "vitest";
import { anInstance } from "../support/instance.ts";

test("a configuration that is wrong is said with its place, and nothing is done", async () => {
  await using home = await anInstance();
  const path = await home.write("config.yaml", "version: 1\nsecurity:\n  no_new_privilege: true\n");
  const run = async (TALLYMAN_CONFIG: string, args = ["pull", "./image"]): Promise<string> => {
    const { exitCode, stderr, stdout } = await home.run(args, { env: { TALLYMAN_CONFIG } });
    expect([exitCode, stdout]).toEqual([2, ""]);
    return stderr;
  };
  expect(await run(path)).toBe(`${path}:3:3: error: unknown key no_new_privilege in security
    Did you mean \`no_new_privileges\`?
error: the configuration ${path} is not valid; nothing was done
    Mend what is named above.
`);
  expect(await run(path, ["reconcile", "--dry-run"])).toContain("unknown key no_new_privilege");
  expect(await run(`${path}.gone`)).toContain(`${path}.gone does not exist`);
  expect(await home.ps()).toEqual([]);
});
