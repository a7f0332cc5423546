import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { anInstance, type TestInstance } from "../support/instance.ts";
import { traces } from "../support/traces.ts";
import { until } from "../support/until.ts";

const serving = (greeting: string) =>
  `mkdir -p /www; echo ${greeting} > /www/index.html; exec httpd -f -p 80 -h /www`;

const stackOn = (port: number | "", command = serving("hello")) => `
name: shop
services:
  web:
    image: ../image
    command: ["sh", "-c", ${JSON.stringify(command)}]
    stop_grace_period: 0s
    restart: "no"
    ports: ["${port}:80"]
`;

test("a published port answers by IPv6 too, and stays the stack's own while nobody answers it", async () => {
  await using instance = await anInstance();
  const port = await freePort();
  await instance.write("shop/compose.yaml", stackOn(port));
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  for (const host of ["127.0.0.1", "[::1]"]) {
    await until(`${host} answers`, async () => (await get(`http://${host}:${port}/`)) === "hello\n");
  }
  expect(await instance.run(["port", "shop/web", "80"])).toMatchObject({ stdout: `0.0.0.0:${port}\n` });

  await instance.kill("shop-web-1");
  await until("it has ended", async () => (await instance.ps())[0]?.state === "exited");
  expect(await listen(port)).toBe("EADDRINUSE");
  expect(await plan(instance)).toMatchObject({ exitCode: 0 });

  expect(await instance.run(["down", "--all"])).toMatchObject({ exitCode: 0 });
  expect(await traces(instance)).toEqual([]);
  expect(await listen(port)).toBe("listening");
});

test("a port that the file leaves to us is chosen once and stays, and is told", async () => {
  await using instance = await anInstance();
  const write = (greeting: string) =>
    instance.write("shop/compose.yaml", stackOn("", serving(greeting)).replace(":80", "80"));
  await write("first");
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  const { stdout } = await instance.run(["port", "shop/web", "80"]);
  const port = Number(/^0\.0\.0\.0:(\d+)\n$/.exec(stdout)?.[1]);
  await until("it answers", async () => (await get(`http://127.0.0.1:${port}/`)) === "first\n");

  await write("second");
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  expect(await instance.run(["port", "shop/web", "80"])).toMatchObject({ stdout });
  await until("its successor answers", async () => (await get(`http://127.0.0.1:${port}/`)) === "second\n");
});

test("in mode host each replica has a port of its own", async () => {
  await using instance = await anInstance();
  const port = "[{target: 80, mode: host}]\n    deploy: {replicas: 2}";
  const file = stackOn("", serving("$$(hostname)")).replace('[":80"]', port);
  await instance.write("each/compose.yaml", file.replace("name: shop", "name: each"));
  expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
  const { stdout } = await instance.run(["port", "each/web", "80"]);
  const urls = stdout.match(/(?<=:)\d+$/gm)?.map((each) => `http://127.0.0.1:${each}/`) ?? [];
  const replicas = (await instance.ps()).map(({ id }) => `${id.slice(0, 12)}\n`);
  expect(urls).toHaveLength(2);
  const answers = await until("both answer", async () => {
    const got = await Promise.all([...urls, ...urls].map(get));
    return got.every((each) => each !== "") && got;
  });
  expect(answers.slice(0, 2).sort()).toEqual(replicas.sort());
  expect(answers.slice(2)).toEqual(answers.slice(0, 2));
});

test("a port on an address that the host does not have, which may come, is told at its line and keeps nothing", async () => {
  await using instance = await anInstance();
  await instance.write("shop/compose.yaml", stackOn(8080).replace('"8080', '"198.51.100.7:8080'));
  const { exitCode, stderr } = await plan(instance);
  expect(stderr).toMatch(
    /^shop\/compose\.yaml:9:\d+: warning: services\.web\.ports\[0\] is published on 198\.51\.100\.7, which/m,
  );
  expect(exitCode).toBe(0);
});

const plan = (instance: TestInstance) => instance.run(["reconcile", "--dry-run"]);

async function get(url: string): Promise<string> {
  try {
    return await (await fetch(url, { headers: { connection: "close" } })).text();
  } catch {
    return "";
  }
}

async function listen(port: number): Promise<string> {
  const server = createServer().listen(port);
  const ended = await once(server, "listening").then(
    () => "listening",
    (error: unknown) => (error as NodeJS.ErrnoException).code ?? "",
  );
  server.close();
  return ended;
}
