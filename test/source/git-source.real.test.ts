import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openGitSource, type GitSourceOptions } from "../../src/source/git-source.ts";
import type { Snapshot, Source } from "../../src/source/types.ts";
import { run } from "../../src/sys/run.ts";
import { until } from "../support/until.ts";

let folder: string;
let remote: string;
let dataDir: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "git-"));
  remote = join(folder, "remote.git");
  dataDir = join(folder, "data");
  await run("git", ["init", "--quiet", "--bare", "--initial-branch=main", remote]);
  await run("git", ["clone", "--quiet", remote, join(folder, "work")]);
});
afterEach(() => rm(folder, { recursive: true }));

describe("a push", () => {
  test("becomes a snapshot with the stack files of the commit", async () => {
    const commit = await push({ "web/compose.yaml": "one", "web/site/index.html": "hello" });
    const snapshot = await source().fetch();

    expect(snapshot.commit).toBe(commit);
    expect(await contents(snapshot)).toEqual(["one"]);
    expect(await readFile(join(snapshot.stacks[0]?.directory ?? "", "site/index.html"), "utf8")).toBe(
      "hello",
    );
  });

  test("makes a new folder and leaves the one of the commit before as it is", async () => {
    await push({ "compose.yaml": "one", "old.txt": "" });
    const git = source();
    const first = await git.fetch();
    await push({ "compose.yaml": "two", "old.txt": undefined });
    const second = await git.fetch();

    expect(await contents(second)).toEqual(["two"]);
    await git.markGood(second);
    expect(existsSync(join(second.stacks[0]?.directory ?? "", "old.txt"))).toBe(false);
    expect(second.stacks[0]?.directory).not.toBe(first.stacks[0]?.directory);
  });

  test("that rewrites history is followed", async () => {
    await push({ "compose.yaml": "one" });
    const git = source();
    await git.fetch();
    await push({ "compose.yaml": "rewritten" }, { amend: true });
    expect(await contents(await git.fetch())).toEqual(["rewritten"]);
  });

  test("is seen at the branch, the tag, the commit and the path that were asked for", async () => {
    const first = await push({ "a/compose.yaml": "one", "b/compose.yaml": "other" });
    await inWork("push", "--quiet", "origin", "HEAD:refs/tags/v1");
    await run("git", ["-C", remote, "config", "uploadpack.allowAnySHA1InWant", "true"]);
    await push({ "a/compose.yaml": "two" });

    expect(await contents(await source({ ref: "main", path: "a" }).fetch())).toEqual(["two"]);
    expect(await contents(await source({ ref: "v1", path: "a" }).fetch())).toEqual(["one"]);
    expect(await contents(await source({ ref: first, path: "a/compose.yaml" }).fetch())).toEqual(["one"]);
    expect(await contents(await source({ ref: "v1" }).fetch())).toEqual(["one", "other"]);
  });
});

describe("the last good commit", () => {
  test("is what `last` gives while the repository is away, also after a restart", async () => {
    await push({ "compose.yaml": "one" });
    expect(await source().last()).toBeUndefined();
    const snapshot = await source().fetch();
    await rename(remote, `${remote}.away`);

    await expect(source().fetch()).rejects.toMatchObject({ code: "GIT_FETCH_FAILED" });
    expect(await source().last()).toEqual(snapshot);
    await rename(`${remote}.away`, remote);
    expect(await source().fetch()).toEqual(snapshot);
  });

  test("stays when later ones are not marked good, and only it and the newest are kept", async () => {
    await push({ "compose.yaml": "good" });
    const git = source();
    const good = await git.fetch();
    await git.markGood(good);
    await push({ "compose.yaml": "bad" });
    await git.fetch();
    await push({ "compose.yaml": "worse" });
    const newest = await git.fetch();

    expect(await source().last()).toEqual(good);
    expect((await commitsKept()).sort()).toEqual([good.commit, newest.commit].sort());
    await git.markGood(newest);
    expect(await commitsKept()).toEqual([newest.commit]);
  });

  test("stays when a newer one has no stack at all", async () => {
    await push({ "compose.yaml": "good" });
    const good = await source().fetch();
    await push({ "compose.yaml": undefined, "README.md": "" });

    await expect(source().fetch()).rejects.toMatchObject({ code: "NO_STACK_FILES" });
    expect(await source().last()).toEqual(good);
  });
});

describe("a mirror", () => {
  test("that is damaged is made anew", async () => {
    await push({ "compose.yaml": "one" });
    await source().fetch();
    const mirror = join(dataDir, "sources", (await readdir(join(dataDir, "sources")))[0] ?? "", "mirror.git");
    await rm(join(mirror, "objects"), { recursive: true });
    await writeFile(join(mirror, "shallow.lock"), "");
    await push({ "compose.yaml": "two" });

    expect(await contents(await source().fetch())).toEqual(["two"]);
  });

  test("with its checkouts can be in a folder of its own, so that the data directory is not touched", async () => {
    await push({ "compose.yaml": "one" });
    await source({ dataDir: join(folder, "trial") }).fetch();
    expect(existsSync(dataDir)).toBe(false);
  });
});

describe("a hostile repository", () => {
  test("cannot point its stack file at the host's files", async () => {
    await mkdir(join(folder, "work", "web"));
    await symlink("/etc/hostname", join(folder, "work", "web", "compose.yaml"));
    await push({});
    await expect(source().fetch()).rejects.toMatchObject({
      code: "LINK_LEAVES_SOURCE",
      message: expect.stringContaining("web/compose.yaml") as string,
    });
  });

  test("cannot point the path that we read at the host's folders", async () => {
    await symlink("/etc", join(folder, "work", "stacks"));
    await push({});
    await expect(source({ path: "stacks" }).fetch()).rejects.toMatchObject({ code: "LINK_LEAVES_SOURCE" });
  });

  test("cannot have a filter or a hook run", async () => {
    const witness = join(folder, "witness");
    await push({
      ".gitattributes": "*.yaml filter=evil\n",
      ".gitconfig": `[filter "evil"]\n smudge = touch ${witness}\n`,
      "hooks/post-checkout": `#!/bin/sh\ntouch ${witness}\n`,
      "compose.yaml": "one",
    });
    expect(await contents(await source().fetch())).toEqual(["one"]);
    expect(existsSync(witness)).toBe(false);
  });
});

describe("a remote over HTTP", () => {
  test("is fetched with the credentials of its URL, which no message and no id shows", async () => {
    await push({ "compose.yaml": "over http" });
    await using server = await gitOverHttp("me", "s3cret");
    const good = source({ url: `http://me:s3cret@127.0.0.1:${server.port}/remote.git` });
    const bad = source({ url: `http://me:wr0ng@127.0.0.1:${server.port}/remote.git` });

    expect(await contents(await good.fetch())).toEqual(["over http"]);
    expect(good.id).toBe(`git:http://127.0.0.1:${server.port}/remote.git#HEAD`);
    const error: unknown = await bad.fetch().catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "GIT_FETCH_FAILED",
      hint: expect.stringContaining("token") as string,
    });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("wr0ng");
  });

  test("that does not answer is given up after the deadline, and nothing goes on waiting for it", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const waiting = new Set<Socket>();
    silent.on("connection", (socket) => {
      waiting.add(socket);
      socket.resume().on("close", () => waiting.delete(socket));
    });

    const slow = source({ url: `http://127.0.0.1:${port}/r.git`, deadlineMs: 500 });
    await expect(slow.fetch()).rejects.toMatchObject({ code: "GIT_TIMEOUT" });
    await until("what spoke to the remote is gone", () => waiting.size === 0);
    silent.close();
  });
});

test("a ref that is not there is named", async () => {
  await push({ "compose.yaml": "one" });
  await expect(source({ ref: "nope" }).fetch()).rejects.toMatchObject({
    message: expect.stringMatching(/nope of file:/) as string,
    hint: expect.stringContaining("no such branch") as string,
  });
});

test("watching asks for a look at each interval", async () => {
  await using git = source({ intervalMs: 20 });
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let calls = 0;
  git.watch(() => (calls += 1) === 2 && resolve(undefined));
  const alive = setInterval(() => undefined, 1000); // the timer of the source itself keeps no process up
  await promise;
  clearInterval(alive);
});

function source(options: Partial<GitSourceOptions> = {}): Source {
  return openGitSource({ url: remote, dataDir, intervalMs: 60_000, ...options });
}

/** Writes (undefined: removes) these files, commits and pushes; the commit's id. */
async function push(
  files: Readonly<Record<string, string | undefined>>,
  options: { readonly amend?: boolean } = {},
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, "work", name);
    await mkdir(dirname(path), { recursive: true });
    await (content === undefined ? rm(path) : writeFile(path, content));
  }
  const author = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
  await inWork("add", "--all");
  await inWork(...author, "commit", "--quiet", "--message=change", ...(options.amend ? ["--amend"] : []));
  await inWork("push", "--quiet", "--force", "origin", "HEAD:main");
  return (await inWork("rev-parse", "HEAD")).stdout.trim();
}

function inWork(...args: readonly string[]): ReturnType<typeof run> {
  return run("git", ["-C", join(folder, "work"), ...args]);
}

function contents(snapshot: Snapshot): Promise<readonly string[]> {
  return Promise.all(snapshot.stacks.flatMap((stack) => stack.files).map((file) => readFile(file, "utf8")));
}

async function commitsKept(): Promise<string[]> {
  const [name = ""] = await readdir(join(dataDir, "sources"));
  return readdir(join(dataDir, "sources", name, "commits"));
}

/** The folder's repositories by `git http-backend` (CGI), for one user. */
async function gitOverHttp(user: string, password: string): Promise<AsyncDisposable & { port: number }> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const server = createHttpServer((request, response) => {
    if (request.headers.authorization !== authorization) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
      return;
    }
    const url = new URL(request.url ?? "/", "http://localhost");
    const backend = spawn("git", ["http-backend"], {
      env: {
        PATH: process.env["PATH"],
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: "1",
        REQUEST_METHOD: request.method,
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        CONTENT_TYPE: request.headers["content-type"],
        HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
        HTTP_GIT_PROTOCOL: request.headers["git-protocol"]?.toString(),
        REMOTE_USER: user,
      },
      stdio: ["pipe", "pipe", "inherit"],
    });
    request.pipe(backend.stdin);
    const output: Buffer[] = [];
    backend.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    backend.on("close", () => {
      const all = Buffer.concat(output);
      const end = all.indexOf("\r\n\r\n");
      for (const line of all.subarray(0, end).toString().split("\r\n")) {
        const [name = "", value = ""] = line.split(": ");
        if (name === "Status") response.statusCode = Number.parseInt(value, 10);
        else response.setHeader(name, value);
      }
      response.end(all.subarray(end + 4));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
