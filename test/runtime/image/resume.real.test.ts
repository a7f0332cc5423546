import { readFile, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { until } from "../../support/until.ts";
import type { Fault } from "./faulty-registry.ts";
import { layerBlob, onLayer, scene, status, type Scene } from "./faulty-scene.ts";

type LayerFault = Parameters<typeof onLayer>[0];

/** Begins to send the layer from `from`, and cuts the connection when it has sent up to `to`. */
const cut =
  (to: number, from = 0): LayerFault =>
  (request, response, content) => {
    response.writeHead(200, { "content-length": content.length - from });
    response.write(content.subarray(from, to), () => request.socket.destroy());
    return true;
  };

/** Each attempt meets the next of these; after them, the registry is sound. */
const inTurn = (...faults: readonly (LayerFault | undefined)[]): Fault =>
  onLayer((request, response, content, attempt) =>
    Boolean(faults[attempt - 1]?.(request, response, content, attempt)),
  );

/** What each request for the layer asked for. */
const ranges = (stage: Scene): readonly (string | undefined)[] =>
  stage.registry.requests
    .filter(({ url }) => layerBlob.test(url ?? ""))
    .slice(1)
    .map(({ headers }) => headers.range);

describe("a download that breaks off", () => {
  test("goes on where it was", async () => {
    await using stage = await scene(inTurn(cut(5000), undefined));
    await stage.trial.store.pull(stage.reference);
    expect(ranges(stage)).toEqual([undefined, "bytes=5000-"]);
  });

  test("goes on more than once", async () => {
    const cutRange: LayerFault = (request, response, content) => {
      response.writeHead(206, { "content-range": `bytes 5000-${content.length - 1}/${content.length}` });
      response.write(content.subarray(5000, 9000), () => request.socket.destroy());
      return true;
    };
    await using stage = await scene(inTurn(cut(5000), cutRange));
    await stage.trial.store.pull(stage.reference);
    expect(ranges(stage)).toEqual([undefined, "bytes=5000-", "bytes=9000-"]);
  });

  test("is read from its beginning where the registry knows no ranges", async () => {
    const whole: LayerFault = (_, response, content) => Boolean(response.writeHead(200).end(content));
    await using stage = await scene(inTurn(cut(5000), whole));
    await stage.trial.store.pull(stage.reference);
    expect(ranges(stage)).toHaveLength(2);
  });

  test("takes what it needs of a range that begins too early", async () => {
    const early: LayerFault = (_, response, content) => {
      response.writeHead(206, { "content-range": `bytes 1000-${content.length - 1}/${content.length}` });
      return Boolean(response.end(content.subarray(1000)));
    };
    await using stage = await scene(inTurn(cut(5000), early));
    await stage.trial.store.pull(stage.reference);
  });

  test("waits out a registry that is being restarted", async () => {
    await using stage = await scene(inTurn(cut(5000), status(503), status(502), status(429)));
    await stage.trial.store.pull(stage.reference);
    expect(ranges(stage)).toHaveLength(5);
  });

  test.each<[string, LayerFault, string]>([
    ["sends a range that begins too late", (_, response) => late(response), "REGISTRY_FAILED"],
    ["says that there is no such range", status(416), "REGISTRY_FAILED"],
    ["sends nothing more", cut(5000, 5000), "BLOB_TRUNCATED"],
  ])("is given up where the registry %s", async (_, fault, code) => {
    await using stage = await scene(inTurn(cut(5000), fault, fault, fault, fault));
    await expect(stage.trial.store.pull(stage.reference)).rejects.toMatchObject({ code });
    expect(await stage.trial.visible()).toEqual([]);
  });

  function late(response: Parameters<Fault>[1]): boolean {
    return Boolean(response.writeHead(206, { "content-range": "bytes 6000-7000/8000" }).end("x"));
  }
});

describe("a registry that fails for a while", () => {
  test.each([408, 429, 500, 502, 503, 504])("with %i is asked again", async (code) => {
    let failures = 0;
    await using stage = await scene(
      (request, response) => ++failures <= 2 && status(code)(request, response),
    );
    await stage.trial.store.resolve(stage.reference);
    expect(failures).toBe(3);
  });

  test("is given the time that it asks for, and no less", async () => {
    const at: number[] = [];
    await using stage = await scene((request, response) => {
      at.push(performance.now());
      return at.length === 1 && status(429, { "retry-after": "1" })(request, response);
    });
    await stage.trial.store.resolve(stage.reference);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test("is not waited for longer than makes sense, and it is said when to come back", async () => {
    await using stage = await scene(status(429, { "retry-after": "3600" }));
    await expect(stage.trial.store.pull(stage.reference)).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
      hint: expect.stringContaining("in 3600 s") as string,
    });
    expect(stage.registry.requests).toHaveLength(1);
  });
});

describe("the next pull", () => {
  const large = { content: Buffer.alloc(3_000_000, "Tallyman. ") };

  /** A pull that was broken off when 2 MB of its layer had come. */
  async function interrupted(): Promise<Scene> {
    const abort = new AbortController();
    const stalls: LayerFault = (request, response, content) => {
      if (abort.signal.aborted) return false;
      response.writeHead(200, { "content-length": content.length });
      if (request.headers.range === undefined) response.write(content.subarray(0, 2_000_000));
      return true;
    };
    const stage = await scene(onLayer(stalls), {}, large);
    const pull = stage.trial.store.pull(stage.reference, { signal: abort.signal });
    const ended = expect(pull).rejects.toThrow("enough");
    const ingest = join(stage.trial.dataDir, "ingest");
    await until("2 MB have come", async () => {
      const [partial] = await readdir(ingest);
      return partial !== undefined && (await stat(join(ingest, partial))).size === 2_000_000;
    });
    abort.abort(new Error("enough"));
    await ended;
    return stage;
  }

  test("goes on with what the last one had of a large layer, also in another process", async () => {
    await using stage = await interrupted();
    expect((await stage.trial.visible()).filter((name) => !name.endsWith(".partial"))).toEqual([]);
    const store = await stage.trial.reopen();
    const digest = await store.pull(stage.reference);
    expect(ranges(stage).at(-1)).toBe("bytes=2000000-");
    expect((await store.open(digest)).layers).toHaveLength(1);
    expect((await stage.trial.visible()).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  test("begins anew where what was kept is damaged", async () => {
    await using stage = await interrupted();
    const ingest = join(stage.trial.dataDir, "ingest");
    const [kept = ""] = await readdir(ingest);
    const content = await readFile(join(ingest, kept));
    await writeFile(join(ingest, kept), content.fill(0, 1000, 2000));
    await stage.trial.store.pull(stage.reference);
    expect(ranges(stage).slice(-2)).toEqual([expect.stringMatching(/^bytes=/), undefined]);
    expect(await readdir(ingest)).toEqual([]);
  });

  test("takes away what was kept for too long", async () => {
    await using stage = await interrupted();
    const ingest = join(stage.trial.dataDir, "ingest");
    const [kept = ""] = await readdir(ingest);
    const longAgo = Date.now() / 1000 - 25 * 60 * 60;
    await utimes(join(ingest, kept), longAgo, longAgo);
    await stage.trial.reopen();
    expect(await readdir(ingest)).toEqual([]);
  });
});
