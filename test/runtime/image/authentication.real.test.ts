import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { chmod, mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { logIn } from "../../../src/runtime/image/registry/login.ts";
import type { Fault } from "./faulty-registry.ts";
import { quickRegistries } from "./trial.ts";
import { layerBlob, scene, status, type Scene } from "./faulty-scene.ts";

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
beforeEach(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), "credentials-"));
});
afterEach(() => folder.remove());

const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
const isToken = (request: IncomingMessage): boolean => request.url?.startsWith("/token") === true;
const challenge = (host = ""): string =>
  `Bearer realm="http://${host}/token",service="s",scope="repository:a/b:pull"`;

/** Whoever has no token is told where to get one; `issue` answers the requests for one. */
const withTokens =
  (issue: (request: IncomingMessage, form: URLSearchParams) => object | number): Fault =>
  (request, response) => {
    if (!isToken(request)) {
      if (request.headers.authorization === "Bearer t0k") return false;
      return status(401, { "www-authenticate": challenge(request.headers.host) })(request, response);
    }
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const answer = issue(request, new URLSearchParams(body));
      response.writeHead(typeof answer === "number" ? answer : 200).end(JSON.stringify(answer));
    });
    return true;
  };

/** What `config.json` holds is known when the registry has its port. */
async function loggedIn(fault: Fault, config: (host: string) => object): Promise<Scene> {
  const stage = await scene(fault, { credentialsDir: folder.path });
  mkdirSync(folder.path, { recursive: true });
  writeFileSync(join(folder.path, "config.json"), JSON.stringify(config(stage.registry.host)));
  return stage;
}

const asAnn = (host: string): object => ({
  auths: { [host]: { auth: Buffer.from("ann:s3cret").toString("base64") } },
});
const sent = (stage: Scene): readonly (string | undefined)[] =>
  stage.registry.requests.map((request) => request.headers.authorization);

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
