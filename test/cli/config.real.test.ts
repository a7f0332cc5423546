import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { until } from "../support/until.ts";
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
error: the configuration ${path} is not valid
    Nothing was done. Mend what is named above.
`);
  expect(await run(path, ["reconcile", "--dry-run"])).toContain("unknown key no_new_privilege");
  expect(await run(`${path}.gone`)).toContain(`${path}.gone does not exist`);
  expect(await home.ps()).toEqual([]);
});

test("while the configuration is wrong containers are restarted and taken away with a warning, and doctor tells", async () => {
  await using home = await anInstance();
  await home.write(
    "compose.yaml",
    `name: app
services:
  job:
    { image: ./image, network_mode: none, command: [sleep, infinity], stop_signal: SIGKILL, restart: always }
`,
  );
  const path = await home.write("config.yaml", "version: 1\n");
  const env = { TALLYMAN_CONFIG: path };
  expect(await home.run(["reconcile"], { env })).toMatchObject({ exitCode: 0 });
  expect((await home.run(["doctor"], { env })).stdout).toContain(`✓ configuration    ${path} is valid\n`);

  await home.write("config.yaml", "version: 1\nlog: {}\n");
  const warning = `warning: the configuration ${path} is not valid: this goes on with the defaults\n`;
  await home.kill("app-job-1");
  await until("it runs again", async () => (await home.ps())[0]?.restarts === 1);
  const keeperLog = await readFile(join(home.dataDir, "on-exit.log"), "utf8");
  expect(keeperLog).toContain(`${path}:2:1: error: unknown key log`);
  expect(keeperLog.split(warning)).toHaveLength(2);

  const doctor = await home.run(["doctor"], { env });
  expect(doctor.stdout).toContain(`✗ configuration    the configuration ${path} is not valid\n`);
  expect(doctor.stderr).toContain(`${path}:2:1: error: unknown key log`);
  expect(doctor.exitCode).toBe(1);

  expect(await home.run(["reconcile"], { env })).toMatchObject({ exitCode: 2 });
  expect(await home.run(["run", "app/job", "true"], { env })).toMatchObject({ exitCode: 2 });
  const down = await home.run(["down", "app"], { env });
  expect(down.stderr).toContain(warning);
  expect(down.stderr).toContain("Gone: app.");
  expect(down.exitCode).toBe(0);
});
