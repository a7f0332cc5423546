import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { anInstance } from "../support/instance.ts";
import { buildNginxImage } from "../support/nginx-image.ts";
import { answersWith } from "../support/web-stack.ts";

// Beside a load that takes a whole processor: a deadline of its own.
test(
  "nginx with one replica is updated under load, once by a program that is killed, and no request fails",
  { timeout: 300_000 },
  async () => {
    await using instance = await anInstance();
    const port = await freePort();
    const write = (version: number): Promise<string> =>
      instance.write(
        "compose.yaml",
        `name: shop
services:
  web:
    image: ./nginx
    environment: { VERSION: "${version}" }
    ports: ["${port}:80"]
`,
      );
    await buildNginxImage(join(instance.folder, "nginx"));
    await write(0);
    expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
    const url = `http://127.0.0.1:${port}/`;
    await answersWith(url, "hello");
    await using load = wrk(url);

    const seen = [await web()];
    for (const version of [1, 2]) {
      await write(version);
      if (version === 2) await killedInTheMidst();
      expect(await instance.run(["reconcile", "--wait"])).toMatchObject({ exitCode: 0 });
      seen.push(await web());
    }
    const report = await load.end();
    expect(new Set(seen).size).toBe(3);
    expect(report).toMatch(/[1-9]\d* requests in/);
    expect(report).not.toMatch(/Socket errors|Non-2xx/);

    /** Of the only container. */
    async function web(): Promise<string | undefined> {
      const containers = await instance.ps();
      expect(containers).toMatchObject([{ name: "shop-web-1", state: "running" }]);
      return containers[0]?.id;
    }

    async function killedInTheMidst(): Promise<void> {
      await using program = instance.spawn(["reconcile"]);
      await program.prints(/✓ start/);
    }
  },
);

interface Wrk extends AsyncDisposable {
  /** What it has to say of all requests since it was started. */
  end(): Promise<string>;
}

/** 16 connections, each with one request after the other. */
function wrk(url: string): Wrk {
  const args = ["--connections", "16", "--threads", "1", "--duration", "1h", "--timeout", "60s", url];
  const child = spawn("wrk", args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  let output = "";
  child.stdout.on("data", (text: Buffer) => (output += text.toString()));
  const stop = async (signal: NodeJS.Signals): Promise<string> => {
    child.kill(signal);
    await ended;
    return output;
  };
  return {
    end: () => stop("SIGINT"),
    [Symbol.asyncDispose]: async () => {
      await stop("SIGKILL");
    },
  };
}
