import { randomBytes } from "node:crypto";
import { mkdtempDisposable, readFile, rm } from "node:fs/promises";
import { createServer } from "node:https";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openImageReader } from "../../../src/runtime/image/reader.ts";
import type { RegistrySettings } from "../../../src/runtime/settings.ts";
import type { ImageReader } from "../../../src/runtime/image/types.ts";
import { run } from "../../../src/sys/run.ts";
import { buildImage } from "../../support/build-image.ts";
import { hostFolder, makeAuthority, type Authority, type Certificate } from "../../support/certificates.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { scene, status } from "./faulty-scene.ts";
import { openTrial, quickRegistries } from "./trial.ts";

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
let layout: string;
let authority: Authority;
let server: Certificate;
const running = new AsyncDisposableStack();

beforeAll(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), "endpoints-"));
  layout = join(folder.path, "layout");
  await buildImage({ dir: layout, layers: [[{ path: "f", content: "x" }]], name: "v1" });
  authority = await makeAuthority(join(folder.path, "certificates"));
  server = await authority.issue("server");
});

afterAll(async () => {
  await running.disposeAsync();
  await folder.remove();
});

/** A registry with the image `a/b:v1`, for as long as the tests run. */
async function withImage(options: Parameters<typeof startRegistry>[1] = {}): Promise<TestRegistry> {
  const registry = running.use(await startRegistry(folder.path, options));
  const user = options.withPassword === true ? ["--dest-creds=ann:s3cret"] : [];
  const to = `docker://${registry.host}/a/b:v1`;
  await run("skopeo", ["copy", "--dest-tls-verify=false", ...user, `oci:${layout}:v1`, to]);
  return registry;
}

/** Settings with one folder of hosts, which has these files for each registry. */
async function configured(
  hosts: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<Pick<RegistrySettings, "hostDirs">> {
  const root = join(folder.path, randomBytes(4).toString("hex"));
  for (const [registry, files] of Object.entries(hosts)) await hostFolder(root, registry, files);
  return { hostDirs: [join(folder.path, "not-there"), root] };
}

function reader(settings: Partial<RegistrySettings> = {}): ImageReader {
  const none = join(folder.path, "no-store");
  return openImageReader(
    { dataDir: none, runDir: none },
    { registries: { ...quickRegistries, ...settings } },
  );
}

describe("a registry with a certificate of a private authority", () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await withImage({ tls: server });
  });
  const image = (): string => `${registry.host}/a/b:v1`;
  const secure = (): string => `server = "https://${registry.host}"\n`;

  test("is not trusted, and it is said how to trust it", async () => {
    const settings = await configured({ [registry.host]: { "hosts.toml": secure() } });
    await expect(reader(settings).resolve(image())).rejects.toMatchObject({
      code: "REGISTRY_UNREACHABLE",
      message: expect.stringContaining("signed by nobody") as string,
      hint: expect.stringContaining(`/etc/tallyman/certs.d/${registry.host}/ca.crt`) as string,
    });
  });

  test("is trusted where its authority's certificate is in its folder, and pulled from", async () => {
    const ca = await readFile(authority.certificate, "utf8");
    await using trial = await openTrial(await configured({ [registry.host]: { "ca.crt": ca } }));
    const digest = await trial.store.pull(image());
    expect((await trial.store.open(digest)).layers).toHaveLength(1);
  });

  test.each([
    ["names that certificate", () => `${secure()}ca = "${authority.certificate}"`],
    ["says not to look", () => `${secure()}skip_verify = true`],
  ])("is trusted where its hosts.toml %s", async (_, text) => {
    const settings = await configured({ [registry.host]: { "hosts.toml": text() } });
    expect(await reader(settings).resolve(image())).toMatch(/^sha256:/);
  });

  test("is not spoken to in plain HTTP, and it is said how to allow TLS", async () => {
    await expect(reader().resolve(image())).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
      hint: expect.stringContaining(`/etc/tallyman/certs.d/${registry.host}/`) as string,
    });
  });

  test("and a certificate that is none is named", async () => {
    const settings = await configured({ [registry.host]: { "ca.crt": "not PEM" } });
    await expect(reader(settings).resolve(image())).rejects.toMatchObject({
      code: "BAD_HOSTS_FILE",
      message: expect.stringContaining("ca.crt") as string,
    });
  });
});

test("a server that asks who we are is shown the client certificate of the folder", async () => {
  const client = await authority.issue("client");
  const [ca, cert, key] = await Promise.all(
    [authority.certificate, client.certificate, client.key].map((path) => readFile(path, "utf8")),
  );
  const asking = createServer(
    {
      ca,
      cert: await readFile(server.certificate),
      key: await readFile(server.key),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (_, response) => response.setHeader("docker-content-digest", `sha256:${"0".repeat(64)}`).end(),
  ).listen(0, "127.0.0.1");
  await once(asking, "listening");
  const address = asking.address();
  const host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  try {
    const files = { "ca.crt": ca ?? "", "client.cert": cert ?? "", "client.key": key ?? "" };
    const { "ca.crt": onlyCa } = files;
    expect(await reader(await configured({ [host]: files })).resolve(`${host}/a:b`)).toMatch(/^sha256:0/);
    const without = await configured({ [host]: { "ca.crt": onlyCa } });
    await expect(reader(without).resolve(`${host}/a:b`)).rejects.toMatchObject({
      code: "REGISTRY_UNREACHABLE",
    });
  } finally {
    asking.closeAllConnections();
    asking.close();
  }
});

describe("a mirror", () => {
  const toml = (mirror: string, lines = ""): Readonly<Record<string, string>> => ({
    "hosts.toml": `[host."http://${mirror}"]\n${lines}`,
  });

  test("that pulls through is asked, and has the image when the registry is gone", async () => {
    const origin = await withImage();
    const mirror = running.use(await startRegistry(folder.path, { mirrorOf: `http://${origin.host}` }));
    const settings = await configured({ "registry.invalid": toml(mirror.host) });
    await using trial = await openTrial(settings);
    const digest = await trial.store.pull("registry.invalid/a/b:v1");
    await origin[Symbol.asyncDispose]();
    await rm(origin.storage, { recursive: true });
    await using another = await openTrial(settings);
    expect(await another.store.pull(`registry.invalid/a/b:v1@${digest}`)).toBe(digest);
    const [summary] = await another.store.list();
    expect(summary?.reference).toBe(`registry.invalid/a/b:v1@${digest}`);
  });

  test("that is down, or lacks the image, or goes wrong, is passed over", async () => {
    const origin = await withImage();
    await using broken = await scene(status(500));
    await using empty = await scene(status(404));
    const text = ["127.0.0.1:9", broken.registry.host, empty.registry.host]
      .map((host) => `[host."http://${host}"]\n`)
      .join("");
    const settings = await configured({ [origin.host]: { "hosts.toml": text } });
    await using trial = await openTrial(settings);
    await trial.store.pull(`${origin.host}/a/b:v1`);
    expect(empty.registry.requests.map(({ url }) => url?.split("?")[1])).toContain(
      `ns=${encodeURIComponent(origin.host)}`,
    );
  });

  test("is named with the registry where neither has the image", async () => {
    await using mirror = await scene(status(500));
    const settings = await configured({ "registry.invalid": toml(mirror.registry.host) });
    await expect(reader(settings).resolve("registry.invalid/a:b")).rejects.toMatchObject({
      message: expect.stringMatching(
        new RegExp(
          `registry.invalid cannot be reached.*before that, registry ${mirror.registry.host} answers HTTP 500`,
        ),
      ) as string,
    });
  });

  test("that fails is not asked again where the registry itself has answered", async () => {
    await using mirror = await scene(status(500));
    await using origin = await scene(status(404));
    const settings = await configured({ [origin.registry.host]: toml(mirror.registry.host) });
    await expect(reader(settings).resolve(origin.reference)).rejects.toMatchObject({
      code: "IMAGE_NOT_FOUND",
    });
    expect(mirror.registry.requests).toHaveLength(1);
  });

  test("that may not say what a tag stands for is asked only for what has a digest", async () => {
    const origin = await withImage();
    await using mirror = await scene(() => false);
    const settings = await configured({
      [origin.host]: toml(mirror.registry.host, 'capabilities = ["pull"]'),
    });
    await using trial = await openTrial(settings);
    await trial.store.pull(`${origin.host}/a/b:v1`);
    expect(mirror.registry.requests.map(({ url }) => url)).not.toContainEqual(
      expect.stringContaining("/manifests/v1"),
    );
    expect(mirror.registry.requests).not.toEqual([]);
  });

  test("takes over in the middle of a layer", async () => {
    let layers = 0;
    await using flaky = await scene((request, response, content) => {
      if (request.url?.includes("/blobs/") !== true || ++layers !== 2) return false;
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 5000), () => request.socket.destroy());
      return true;
    });
    await using sound = await scene(() => false);
    const text = `server = "http://${sound.registry.host}"\n[host."http://${flaky.registry.host}"]\n`;
    await using trial = await openTrial(await configured({ "registry.invalid": { "hosts.toml": text } }));
    await trial.store.pull("registry.invalid/a/b:v1");
    const [taken] = sound.registry.requests.map(({ url, headers }) => [
      url?.includes("/blobs/"),
      headers.range,
    ]);
    expect(taken).toEqual([true, "bytes=5000-"]);
  });

  test("gets its own headers, and nobody that it redirects to does", async () => {
    await using storage = await scene(() => false);
    await using mirror = await scene((request, response) => {
      const location = `http://${storage.registry.host}${request.url ?? ""}`;
      return request.url?.includes("/blobs/") === true && status(307, { location })(request, response);
    });
    const header = `[host."http://${mirror.registry.host}".header]\nx-key = "s3cret"`;
    await using trial = await openTrial(
      await configured({ "registry.invalid": toml(mirror.registry.host, header) }),
    );
    await trial.store.pull("registry.invalid/a/b:v1");
    expect(mirror.registry.requests.map(({ headers }) => headers["x-key"])).not.toContain(undefined);
    expect(storage.registry.requests.map(({ headers }) => headers["x-key"])).toEqual([undefined, undefined]);
  });
});

test("a registry elsewhere is asked through the proxy of the environment, one on this machine is not", async () => {
  await using proxy = await scene(() => false);
  vi.stubEnv("http_proxy", `http://${proxy.registry.host}`);
  try {
    const settings = await configured({
      "registry.invalid": { "hosts.toml": 'server = "http://registry.invalid"' },
    });
    await reader(settings).resolve("registry.invalid/a/b:v1");
    await expect(reader(settings).resolve("127.0.0.1:9/a/b:v1")).rejects.toMatchObject({
      code: "REGISTRY_UNREACHABLE",
    });
  } finally {
    vi.unstubAllEnvs();
  }
  expect(proxy.registry.requests.map(({ url }) => url)).toEqual([
    "http://registry.invalid/v2/a/b/manifests/v1",
  ]);
});

test("a registry with htpasswd is pulled from by whom config.json names, and says so to others", async () => {
  const registry = await withImage({ withPassword: true });
  const reference = `${registry.host}/a/b:v1`;
  await expect(reader().resolve(reference)).rejects.toMatchObject({
    code: "REGISTRY_DENIED",
    hint: expect.stringContaining(`tallyman login ${registry.host}`) as string,
  });
  const config = { auths: { [registry.host]: { auth: Buffer.from("ann:s3cret").toString("base64") } } };
  await hostFolder(folder.path, "ann", { "config.json": JSON.stringify(config) });
  const settings = { credentialsDir: join(folder.path, "ann") };
  expect(await reader(settings).resolve(reference)).toMatch(/^sha256:/);
});
