import { chmod, mkdtempDisposable, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { asAnn, basic, challenge, sent, loggedIn as loggedInAt } from "./credentials-trial.ts";
import type { Fault } from "./faulty-registry.ts";
import { layerBlob, scene, status, type Scene } from "./faulty-scene.ts";

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
beforeEach(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), "credentials-"));
});
afterEach(() => folder.remove());

/** With a `config.json` in this test's folder. */
const loggedIn = (fault: Fault, config: (host: string) => object): Promise<Scene> =>
  loggedInAt(folder.path, { fault, config });

describe("a registry that asks for a password", () => {
  const fault: Fault = (request, response) =>
    request.headers.authorization !== basic("ann:s3cret") &&
    status(401, { "www-authenticate": 'Basic realm="x"' })(request, response);

  test("is given the one of config.json", async () => {
    await using stage = await loggedIn(fault, asAnn);
    await stage.trial.store.resolve(stage.reference);
    expect(sent(stage)[0]).toBeUndefined();
  });

  test("is given the one that a credential helper keeps", async () => {
    const helper = join(folder.path, "docker-credential-trial");
    await writeFile(
      helper,
      `#!/bin/sh
[ "$1" = get ] || exit 9
printf '{"ServerURL":"%s","Username":"ann","Secret":"s3cret"}' "$(cat)"`,
    );
    await chmod(helper, 0o755);
    vi.stubEnv("PATH", `${folder.path}${delimiter}${process.env["PATH"] ?? ""}`);
    try {
      await using stage = await loggedIn(fault, (host) => ({ credHelpers: { [host]: "trial" } }));
      await stage.trial.store.resolve(stage.reference);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test.each([
    ["is not installed", "missing", "docker-credential-missing"],
    ["is no name", "../../bin/sh", "not a helper's name"],
  ])("and a helper that %s is named", async (_, credsStore, message) => {
    await using stage = await loggedIn(fault, () => ({ credsStore }));
    await expect(stage.trial.store.pull(stage.reference)).rejects.toMatchObject({
      code: "CREDENTIAL_HELPER_FAILED",
      message: expect.stringContaining(message) as string,
    });
  });

  test("and a config.json that is broken is named", async () => {
    await using stage = await scene(fault, { credentialsDir: folder.path });
    await writeFile(join(folder.path, "config.json"), "{");
    await expect(stage.trial.store.pull(stage.reference)).rejects.toMatchObject({
      code: "BAD_CREDENTIAL_FILE",
      message: expect.stringContaining(join(folder.path, "config.json")) as string,
    });
  });
});

describe("credentials stay with the registry that they are for", () => {
  const needsAnn = (request: IncomingMessage, response: ServerResponse): boolean =>
    request.headers.authorization !== basic("ann:s3cret") &&
    status(401, { "www-authenticate": "Basic" })(request, response);

  test("when it redirects to another host", async () => {
    await using other = await scene(() => false);
    await using stage = await loggedIn((request, response) => {
      if (needsAnn(request, response)) return true;
      const url = `http://${other.registry.host}${request.url ?? ""}`;
      return layerBlob.test(request.url ?? "") && status(307, { location: url })(request, response);
    }, asAnn);
    await stage.trial.store.pull(stage.reference);
    expect(sent(other)).toEqual([undefined, undefined]);
  });

  test("when the other host asks for them", async () => {
    await using other = await scene((request, response) =>
      status(401, { "www-authenticate": challenge(request.headers.host) })(request, response),
    );
    await using stage = await loggedIn(
      (_, response) =>
        Boolean(response.writeHead(307, { location: `http://${other.registry.host}/x` }).end()),
      asAnn,
    );
    await expect(stage.trial.store.pull(stage.reference)).rejects.toMatchObject({ code: "REGISTRY_DENIED" });
    expect(other.registry.requests.map(({ url }) => url)).toEqual(["/x"]);
    expect(sent(other)).toEqual([undefined]);
  });

  test("when tokens are to be had somewhere that is neither encrypted nor here", async () => {
    await using stage = await loggedIn(
      status(401, { "www-authenticate": 'Bearer realm="http://192.0.2.1/token"' }),
      asAnn,
    );
    await expect(stage.trial.store.pull(stage.reference)).rejects.toMatchObject({
      code: "REGISTRY_DENIED",
      message: expect.stringContaining("not safe") as string,
    });
  });
});
