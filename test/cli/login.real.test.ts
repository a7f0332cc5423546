import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { buildImage } from "../support/build-image.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import type { Ended } from "../support/program.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { run } from "../../src/sys/run.ts";

let instance: TestInstance;
let registry: TestRegistry;
let home: string;
let runs = 0;

beforeAll(async () => {
  instance = await anInstance();
  registry = await startRegistry(instance.folder, { withPassword: true });
});
beforeEach(() => {
  home = join(instance.folder, `home-${++runs}`);
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await instance[Symbol.asyncDispose]();
});

const env = (): Readonly<Record<string, string>> => ({ DOCKER_CONFIG: home });
const config = async (): Promise<unknown> => JSON.parse(await readFile(join(home, "config.json"), "utf8"));
const logIn = (password: string, args: readonly string[] = ["-u", "ann"]): Promise<Ended> =>
  instance.run(["login", registry.host, ...args, "--password-stdin"], {
    env: env(),
    under: ["sh", "-c", `printf '%s\\n' '${password}' | "$0" "$@"`],
  });
const kept = { auth: Buffer.from("ann:s3cret").toString("base64") };

test("a password that the registry takes is kept for the user alone, and pulls use it until logout", async () => {
  const layout = join(instance.folder, "layout");
  await buildImage({ dir: layout, layers: [[{ path: "f", content: "x" }]], name: "v1" });
  const to = `docker://${registry.host}/a:v1`;
  await run("skopeo", ["copy", "--dest-tls-verify=false", "--dest-creds=ann:s3cret", `oci:${layout}:v1`, to]);
  const pull = (): Promise<Ended> => instance.run(["pull", `${registry.host}/a:v1`], { env: env() });

  const before = await pull();
  expect(before).toMatchObject({ exitCode: 1 });
  expect(before.stderr).toContain(`tallyman login ${registry.host}`);

  const loggedIn = await logIn("s3cret");
  expect(loggedIn).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(`${home}/config.json`) as string,
  });
  expect(await config()).toEqual({ auths: { [registry.host]: kept } });
  expect((await stat(join(home, "config.json"))).mode & 0o777).toBe(0o600);
  expect(await readdir(home)).toEqual(["config.json"]);
  expect(await pull()).toMatchObject({ exitCode: 0 });

  expect(await instance.run(["logout", registry.host], { env: env() })).toMatchObject({ exitCode: 0 });
  expect(await config()).toEqual({ auths: {} });
  expect(await pull()).toMatchObject({ exitCode: 1 });
  const again = await instance.run(["logout", registry.host], { env: env() });
  expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Nothing was kept") as string });
});

test("a password that the registry refuses is not kept", async () => {
  const refused = await logIn("wrong");
  expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
  expect(refused.stderr).toMatch(/does not let ann in/);
  expect(refused.stderr).not.toContain("wrong");
  await expect(config()).rejects.toMatchObject({ code: "ENOENT" });
});

test("what else is in config.json stays, also where it is a link", async () => {
  await mkdir(join(home, "elsewhere"), { recursive: true });
  const before = { psFormat: "table", auths: { "a.example": { auth: "eDp5" } } };
  await writeFile(join(home, "elsewhere/config.json"), JSON.stringify(before));
  await symlink("elsewhere/config.json", join(home, "config.json"));
  expect(await logIn("s3cret")).toMatchObject({ exitCode: 0 });
  expect(await config()).toEqual({ ...before, auths: { ...before.auths, [registry.host]: kept } });
  expect((await readdir(home)).sort()).toEqual(["config.json", "elsewhere"]);
  expect(JSON.parse(await readFile(join(home, "elsewhere/config.json"), "utf8"))).toEqual(await config());
});

test("a credential helper keeps the password where one is configured, and the file has none", async () => {
  await mkdir(home, { recursive: true });
  const said = join(home, "said");
  const helper = join(home, "docker-credential-trial");
  await writeFile(helper, `#!/bin/sh\nprintf '%s %s\\n' "$1" "$(cat)" >> ${said}\n`);
  await chmod(helper, 0o755);
  await writeFile(join(home, "config.json"), JSON.stringify({ credsStore: "trial" }));
  const path = `${home}${delimiter}${process.env["PATH"] ?? ""}`;
  const options = { env: { ...env(), PATH: path } };
  const loggedIn = await instance.run(["login", registry.host, "-u", "ann", "--password-stdin"], {
    ...options,
    under: ["sh", "-c", `printf s3cret | "$0" "$@"`],
  });
  expect(loggedIn).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("docker-credential-trial") as string,
  });
  expect(await config()).toEqual({ credsStore: "trial", auths: { [registry.host]: {} } });
  await instance.run(["logout", registry.host], options);
  expect(await readFile(said, "utf8")).toBe(
    `store {"ServerURL":"${registry.host}","Username":"ann","Secret":"s3cret"}\nerase ${registry.host}\n`,
  );
  expect(await config()).toEqual({ credsStore: "trial", auths: {} });
});

test("at a terminal it asks, and does not show the password", async () => {
  const typing = `{ while ! grep -q Username: typed; do sleep 0.05; done; printf 'ann\\r'; \\
    while ! grep -q Password: typed; do sleep 0.05; done; printf 's3cret\\r'; } 2>/dev/null`;
  const ended = await instance.run(["login", registry.host], {
    env: env(),
    under: ["sh", "-c", `: > typed; (${typing}) | script -qfec "$0 $*" typed`],
  });
  expect(ended).toMatchObject({ exitCode: 0 });
  expect(ended.stdout).toContain("Logged in");
  expect(ended.stdout).not.toContain("s3cret");
  expect(await config()).toEqual({ auths: { [registry.host]: kept } });
});

test("at a terminal, Ctrl-D and Ctrl-C leave everything as it was", async () => {
  const typing = (key: string): string =>
    `while ! grep -q Username: typed; do sleep 0.05; done; printf '\\${key}'`;
  for (const [key, exitCode] of [
    ["004", 1],
    ["003", 130],
  ] as const) {
    const ended = await instance.run(["login", registry.host], {
      env: env(),
      under: ["sh", "-c", `: > typed; (${typing(key)}) | script -qfec "$0 $*" typed`],
    });
    expect(ended).toMatchObject({ exitCode });
  }
  await expect(config()).rejects.toMatchObject({ code: "ENOENT" });
});

test.each([
  ["without a terminal", ["login", "127.0.0.1:9"], "--password-stdin"],
  ["without a user", ["login", "127.0.0.1:9", "--password-stdin"], "--username"],
  ["to what is no registry", ["login", "a b", "-u", "ann", "--password-stdin"], "a b"],
])("%s, it says what is missing", async (_, args, hint) => {
  const ended = await instance.run(args, { env: env() });
  expect(ended.exitCode).not.toBe(0);
  expect(ended.stderr).toContain(hint);
});
