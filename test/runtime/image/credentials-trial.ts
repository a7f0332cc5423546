/** Registries that ask who it is, and a `config.json` that says so. */
import { mkdirSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import type { Fault } from "./faulty-registry.ts";
import { scene, status, type Scene } from "./faulty-scene.ts";

export const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
export const isToken = (request: IncomingMessage): boolean => request.url?.startsWith("/token") === true;
export const challenge = (host = ""): string =>
  `Bearer realm="http://${host}/token",service="s",scope="repository:a/b:pull"`;

/** Whoever has no token is told where to get one; `issue` answers the requests for one. */
export const withTokens =
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
export async function loggedIn(
  credentialsDir: string,
  { fault, config }: { readonly fault: Fault; readonly config: (host: string) => object },
): Promise<Scene> {
  const stage = await scene(fault, { credentialsDir });
  mkdirSync(credentialsDir, { recursive: true });
  writeFileSync(join(credentialsDir, "config.json"), JSON.stringify(config(stage.registry.host)));
  return stage;
}

export const asAnn = (host: string): object => ({
  auths: { [host]: { auth: Buffer.from("ann:s3cret").toString("base64") } },
});
export const sent = (stage: Scene): readonly (string | undefined)[] =>
  stage.registry.requests.map((request) => request.headers.authorization);
