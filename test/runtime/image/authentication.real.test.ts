import { existsSync } from "node:fs";
import { chmod, mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { logIn } from "../../../src/runtime/image/registry/login.ts";
import {
  asAnn,
  basic,
  challenge,
  isToken,
  sent,
  withTokens,
  loggedIn as loggedInAt,
} from "./credentials-trial.ts";
import type { Fault } from "./faulty-registry.ts";
import { scene, status, type Scene } from "./faulty-scene.ts";
import { quickRegistries } from "./trial.ts";

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
beforeEach(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), "credentials-"));
});
afterEach(() => folder.remove());

/** With a `config.json` in this test's folder. */
const loggedIn = (fault: Fault, config: (host: string) => object): Promise<Scene> =>
  loggedInAt(folder.path, { fault, config });

describe("a registry that asks for a token", () => {
  test("is given one, from where it says, with all that follows", async () => {
    await using stage = await scene(withTokens(() => ({ access_token: "t0k" })));
    await stage.trial.store.pull(stage.reference);
    const token = stage.registry.requests.filter(isToken);
    expect(token.map(({ method, url }) => `${method ?? ""} ${url ?? ""}`)).toEqual([
      "GET /token?service=s&scope=repository%3Aa%2Fb%3Apull",
    ]);
  });

  test("is given up where the token does not help", async () => {
    await using stage = await scene((request, response) => {
      if (isToken(request)) return Boolean(response.end('{"token":"another"}'));
      return status(401, { "www-authenticate": challenge(request.headers.host) })(request, response);
    });
    await expect(stage.trial.store.pull(stage.reference)).rejects.toMatchObject({
      code: "REGISTRY_DENIED",
      hint: expect.stringContaining(`tallyman login ${stage.registry.host}`) as string,
    });
    expect(stage.registry.requests).toHaveLength(3);
  });

  test("is asked with the user's password by POST", async () => {
    const forms: URLSearchParams[] = [];
    await using stage = await loggedIn(
      withTokens((_, form) => {
        forms.push(form);
        return { access_token: "t0k" };
      }),
      asAnn,
    );
    await stage.trial.store.resolve(stage.reference);
    expect(forms.map((form) => Object.fromEntries(form))).toEqual([
      {
        grant_type: "password",
        username: "ann",
        password: "s3cret",
        client_id: "tallyman",
        service: "s",
        scope: "repository:a/b:pull",
      },
    ]);
    expect(sent(stage)).not.toContain(basic("ann:s3cret"));
  });

  test.each([400, 401, 404, 405])("and answers POST with %i, is asked by GET", async (code) => {
    await using stage = await loggedIn(
      withTokens((request) => (request.method === "POST" ? code : { token: "t0k" })),
      asAnn,
    );
    await stage.trial.store.resolve(stage.reference);
    const tokens = stage.registry.requests.filter(isToken);
    expect(tokens.map(({ method }) => method)).toEqual(["POST", "GET"]);
    expect(tokens[1]?.headers.authorization).toBe(basic("ann:s3cret"));
  });

  test("is asked with a refresh token where one is kept", async () => {
    const forms: URLSearchParams[] = [];
    await using stage = await loggedIn(
      withTokens((_, form) => {
        forms.push(form);
        return { access_token: "t0k" };
      }),
      (host) => ({ auths: { [host]: { identitytoken: "r3fresh" } } }),
    );
    await stage.trial.store.resolve(stage.reference);
    expect(Object.fromEntries(forms[0] ?? [])).toMatchObject({
      grant_type: "refresh_token",
      refresh_token: "r3fresh",
    });
  });

  test("is asked for a new one when the old one has expired", async () => {
    let issued = 0;
    let left = 0;
    await using stage = await scene((request, response) => {
      if (isToken(request)) {
        left = 2;
        return Boolean(response.end(JSON.stringify({ token: `t${++issued}` })));
      }
      if (request.headers.authorization === `Bearer t${issued}` && left-- > 0) return false;
      return status(401, { "www-authenticate": challenge(request.headers.host) })(request, response);
    });
    await stage.trial.store.pull(stage.reference);
    expect(issued).toBe(2);
  });

  test("says who is refused", async () => {
    await using stage = await loggedIn(
      withTokens(() => 401),
      asAnn,
    );
    await expect(stage.trial.store.pull(stage.reference)).rejects.toMatchObject({
      code: "REGISTRY_DENIED",
      hint: expect.stringContaining("as ann") as string,
    });
  });
});

describe("a login to a registry that asks for a token", () => {
  const configAfterLogin = async ({ registry: { host } }: Scene): Promise<unknown> => {
    await logIn(
      { registry: host, username: "ann", password: "s3cret" },
      { ...quickRegistries, credentialsDir: folder.path },
    );
    return JSON.parse(await readFile(join(folder.path, "config.json"), "utf8")) as unknown;
  };
  const auth = (text: string): string => Buffer.from(text).toString("base64");

  test("keeps the refresh token that it is given in place of the password, and pulls use it", async () => {
    const grants: unknown[] = [];
    const issue = (request: IncomingMessage, form: URLSearchParams): object => {
      const question = request.method === "GET" ? new URL(request.url ?? "", "http://x").searchParams : form;
      grants.push({ by: request.method, ...Object.fromEntries(question) });
      return { token: "t0k", ...(request.method === "GET" && { refresh_token: "r3fresh" }) };
    };
    await using stage = await scene(withTokens(issue), { credentialsDir: folder.path });
    expect(await configAfterLogin(stage)).toEqual({
      auths: { [stage.registry.host]: { auth: auth("ann:"), identitytoken: "r3fresh" } },
    });
    await stage.trial.store.pull(stage.reference);
    expect(grants).toMatchObject([
      { by: "GET", account: "ann", offline_token: "true", service: "s" },
      { by: "POST", grant_type: "refresh_token", refresh_token: "r3fresh" },
    ]);
  });

  test.each([404, 405])(
    "and answers GET with %i, is asked by POST, and the password is kept",
    async (code) => {
      await using stage = await scene(
        withTokens(({ method }) => (method === "GET" ? code : { token: "t0k" })),
        { credentialsDir: folder.path },
      );
      expect(await configAfterLogin(stage)).toEqual({
        auths: { [stage.registry.host]: { auth: auth("ann:s3cret") } },
      });
    },
  );

  test("and refuses it, is asked once, and nothing is kept", async () => {
    await using stage = await scene(
      withTokens(() => 401),
      { credentialsDir: folder.path },
    );
    await expect(configAfterLogin(stage)).rejects.toMatchObject({ code: "REGISTRY_DENIED" });
    expect(stage.registry.requests.filter(isToken)).toHaveLength(1);
    expect(existsSync(join(folder.path, "config.json"))).toBe(false);
  });

  test("gives it to a credential helper as the one of <token>", async () => {
    const helper = join(folder.path, "docker-credential-trial");
    const said = join(folder.path, "said");
    await writeFile(helper, `#!/bin/sh\nprintf '%s %s\\n' "$1" "$(cat)" > ${said}\n`);
    await chmod(helper, 0o755);
    await writeFile(join(folder.path, "config.json"), JSON.stringify({ credsStore: "trial" }));
    vi.stubEnv("PATH", `${folder.path}${delimiter}${process.env["PATH"] ?? ""}`);
    try {
      const tokens = { token: "t0k", refresh_token: "r3fresh" };
      await using stage = await scene(
        withTokens(() => tokens),
        { credentialsDir: folder.path },
      );
      const { host } = stage.registry;
      expect(await configAfterLogin(stage)).toEqual({ credsStore: "trial", auths: { [host]: {} } });
      const stored = { ServerURL: host, Username: "<token>", Secret: "r3fresh" };
      expect(await readFile(said, "utf8")).toBe(`store ${JSON.stringify(stored)}\n`);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
