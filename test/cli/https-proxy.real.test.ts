/** A registry elsewhere, which only a proxy of the tests' own can reach. */
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../src/sys/run.ts";
import { makeAuthority, type Authority } from "../support/certificates.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";

const host = "registry.invalid";

let instance: TestInstance;
let authority: Authority;
let registry: TestRegistry;
const running = new AsyncDisposableStack();

beforeAll(async () => {
  instance = running.use(await anInstance());
  authority = await makeAuthority(join(instance.folder, "certificates"));
  const tls = await authority.issue("server", [`DNS:${host}`, "IP:0.0.0.0"]);
  registry = running.use(await startRegistry(instance.folder, { tls }));
  const to = `docker://${registry.host}/a/b:v1`;
  await run("skopeo", ["copy", "--dest-tls-verify=false", `oci:${join(instance.folder, "image")}`, to]);
});
afterAll(() => running.disposeAsync());

interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** What was asked of it: where to, and in whose name. */
  readonly asked: readonly string[];
}

/** Lets the user `ann` through, to nowhere but the registry. */
async function aProxy(): Promise<Proxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_, response) => response.writeHead(400).end());
  server.on("connection", (socket) => sockets.add(socket));
  server.on("connect", ({ url = "", headers }, client: Socket) => {
    const user = Buffer.from(
      headers["proxy-authorization"]?.replace("Basic ", "") ?? "",
      "base64",
    ).toString();
    asked.push(`${url} ${user}`);
    client.on("error", () => undefined);
    if (user !== "ann:s3cret") return void client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const upstream = connect(Number(registry.host.split(":")[1]), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on("error", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

const pull = (env: Readonly<Record<string, string>>, from = host): ReturnType<TestInstance["run"]> =>
  instance.run(["pull", `${from}/a/b:v1`], { env: { SSL_CERT_FILE: authority.certificate, ...env } });

test("it is pulled from through the proxy, with the proxy's own user, and its certificate is looked at", async () => {
  await using proxy = await aProxy();
  const HTTPS_PROXY = `http://ann:s3cret@${proxy.url}`;
  const distrusted = await pull({ HTTPS_PROXY, SSL_CERT_FILE: "/etc/ssl/certs/ca-certificates.crt" });
  expect(distrusted).toMatchObject({ exitCode: 1 });
  expect(distrusted.stderr).toContain("certificate");
  expect(await pull({ HTTPS_PROXY })).toMatchObject({ exitCode: 0 });
  expect(new Set(proxy.asked)).toEqual(new Set([`${host}:443 ann:s3cret`]));
});

test("NO_PROXY names registries that are asked directly", async () => {
  await using proxy = await aProxy();
  const HTTPS_PROXY = `http://ann:s3cret@${proxy.url}`;
  const elsewhere = registry.host.replace("127.0.0.1", "0.0.0.0"); // which is not taken for this machine
  const direct = await pull({ HTTPS_PROXY, NO_PROXY: "other.example,0.0.0.0" }, elsewhere);
  expect(direct).toMatchObject({ exitCode: 0 });
  expect(proxy.asked).toEqual([]);
  expect(await pull({ HTTPS_PROXY, NO_PROXY: "other.example" }, elsewhere)).toMatchObject({ exitCode: 0 });
  expect(new Set(proxy.asked)).toEqual(new Set([`${elsewhere} ann:s3cret`]));
});

test("a proxy that does not let us through is said to be it", async () => {
  await using proxy = await aProxy();
  const ended = await pull({ HTTPS_PROXY: `http://${proxy.url}` });
  expect(ended.exitCode).toBe(1);
  expect(ended.stderr).toContain("the proxy does not lead to it (HTTP 407)");
  expect(ended.stderr).toContain("HTTPS_PROXY");
  expect(proxy.asked).toHaveLength(1);
});
