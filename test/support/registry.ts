/** Debian's docker-registry on a free loopback port, with its storage in a folder of the test's. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { get as getPlainly } from "node:http";
import { get as getSecurely } from "node:https";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { until } from "./until.ts";

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`, as references write it. */
  readonly host: string;
  /** Its storage driver's root. */
  readonly storage: string;
}

export interface RegistryOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Only the user `ann` with the password `s3cret` is let in. */
  readonly withPassword?: boolean;
  /** Paths of PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** The URL of a registry whose images it fetches and keeps when it is asked for them. */
  readonly mirrorOf?: string;
}

/** As `htpasswd -B` makes it. */
const htpasswd = "ann:$2b$04$6/eGrZW/psVfwbMJ3cQic.q.TyNdD.kYBH.STsaskcscLaa8zOqym\n";

/** Resolves when it answers. Disposing ends it. */
export async function startRegistry(dir: string, options: RegistryOptions = {}): Promise<TestRegistry> {
  const port = options.port ?? (await freePort());
  const own = join(dir, `registry-${port}`);
  const storage = join(own, "storage");
  await mkdir(storage, { recursive: true });
  const { tls, mirrorOf } = options;
  const config = {
    version: 0.1,
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, ...(tls && { tls }) },
    ...(mirrorOf !== undefined && { proxy: { remoteurl: mirrorOf } }),
    ...(options.withPassword === true && { auth: { htpasswd: { realm: "r", path: join(own, "htpasswd") } } }),
  };
  await writeFile(join(own, "htpasswd"), htpasswd);
  const configPath = join(own, "registry.yml");
  await writeFile(configPath, JSON.stringify(config));
  const server = spawn("/usr/bin/docker-registry", ["serve", configPath], { stdio: "ignore" });
  const ended = once(server, "exit");
  const dispose = async (): Promise<void> => {
    server.kill("SIGKILL");
    await ended;
  };
  try {
    await until(`a registry answers at port ${port}`, () => answers(port, tls !== undefined));
  } catch (error) {
    await dispose();
    throw error;
  }
  return { host: `127.0.0.1:${port}`, storage, [Symbol.asyncDispose]: dispose };
}

/** With any status: whether it is the right one is what the tests ask. */
async function answers(port: number, isSecure: boolean): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const get = isSecure ? getSecurely : getPlainly;
  get({ host: "127.0.0.1", port, path: "/v2/", rejectUnauthorized: false }, (response) => {
    response.resume();
    resolve(true);
  }).on("error", () => resolve(false));
  return promise;
}
