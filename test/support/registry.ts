/** Debian's docker-registry on a free loopback port, with its storage in a folder of the test's. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "./free-port.ts";

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`, as references write it. */
  readonly host: string;
  /** Its storage driver's root. */
  readonly storage: string;
}

/** Resolves when it answers. Disposing ends it. */
export async function startRegistry(dir: string): Promise<TestRegistry> {
  const port = await freePort();
  const storage = join(dir, "registry");
  await mkdir(storage, { recursive: true });
  const config = {
    version: 0.1,
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
  };
  const configPath = join(dir, "registry.yml");
  await writeFile(configPath, JSON.stringify(config));
  const server = spawn("/usr/bin/docker-registry", ["serve", configPath], { stdio: "ignore" });
  const ended = once(server, "exit");
  const dispose = async (): Promise<void> => {
    server.kill("SIGKILL");
    await ended;
  };
  try {
    await untilAnswers(`http://127.0.0.1:${port}/v2/`);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { host: `127.0.0.1:${port}`, storage, [Symbol.asyncDispose]: dispose };
}

async function untilAnswers(url: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answers = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (answers) return;
    if (Date.now() > deadline) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
