import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildImage, busyboxFiles } from "../support/build-image.ts";
import { freePort } from "../support/free-port.ts";
import { anInstance } from "../support/instance.ts";
import { traces } from "../support/traces.ts";
import { answers, get, getFrom, webStack } from "../support/web-stack.ts";
import { otherHost } from "../runtime/network/trial.ts";

describe("a stack file", () => {
  test("becomes containers that take turns on the published port, and goes without a trace", async () => {
    await using outside = await otherHost();
    await using instance = await anInstance();
    const port = await freePort();
    await instance.write("compose.yaml", webStack({ port }));

    const { exitCode, stdout, stderr } = await instance.run(["reconcile"]);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain("+ web  2 replicas, new service");
    expect(stderr).toContain(`curl http://127.0.0.1:${port}/`);

    const greetings = (await instance.ps()).map(({ id }) => `Hello from ${id}`).sort();
    expect(greetings).toHaveLength(2);
    expect(await answers(() => get(`http://127.0.0.1:${port}/`), 2)).toEqual(greetings);
    const fromOutside = `http://${outside.hostAddress}:${port}/`;
    expect(await answers(() => getFrom(outside.netnsPath, fromOutside), 2)).toEqual(greetings);

    const down = await instance.run(["down", "shop"]);
    expect(down).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("Gone: shop.") as string });
    expect(await traces(instance)).toEqual([]);
    expect(await instance.ps()).toEqual([]);
  });

  test("is one document in `ps --format json`, and a second run finds nothing to do", async () => {
    await using instance = await anInstance();
    const hostPort = await freePort();
    await instance.write("compose.yaml", webStack({ port: hostPort, replicas: 1 }));
    await instance.run(["reconcile"]);

    const { stdout } = await instance.run(["ps", "--format", "json"]);
    const text = expect.any(String) as string;
    expect(JSON.parse(stdout)).toEqual({
      formatVersion: 1,
      containers: [
        {
          id: expect.stringMatching(/^[0-9a-f]{12,64}$/) as string,
          name: "shop-web-1",
          stack: "shop",
          service: "web",
          slot: 1,
          state: "running",
          monitored: true,
          health: null,
          healthCheckedAt: null,
          image: join(instance.folder, "image"),
          digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
          pid: expect.any(Number) as number,
          startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
          finishedAt: null,
          exitCode: null,
          oomKilled: false,
          restarts: 0,
          addresses: [text],
          ports: [{ hostAddress: "0.0.0.0", hostPort, port: 80, protocol: "tcp" }],
          networks: [{ name: "shop_default", interface: "eth0", addresses: [text] }],
        },
      ],
      holds: [],
      schedules: [],
    });

    const again = await instance.run(["reconcile"]);
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toContain("Nothing to do: what runs is what the files ask for.");
    expect((await instance.run(["ps", "--format", "json"])).stdout).toBe(stdout);
  });
});

describe("a change", () => {
  test("of a field replaces the containers, and the plan says the field, old, new, file and line", async () => {
    await using instance = await anInstance();
    const port = await freePort();
    await instance.write("compose.yaml", webStack({ port, replicas: 1 }));
    await instance.run(["reconcile"]);
    const before = await instance.ps();

    await instance.write("compose.yaml", webStack({ port, replicas: 1, greeting: "Servus" }));
    const environment = await instance.run(["reconcile"]);
    expect(environment.stdout).toContain("-/+ web  1 replica");
    expect(environment.stdout).toContain("environment.GREETING: Hello → Servus  compose.yaml:10");
    expect(await get(`http://127.0.0.1:${port}/`)).toMatch(/^Servus from/);

    const dir = join(instance.folder, "other");
    const files = [{ path: "www/index.html", content: "The other image" }];
    await buildImage({ dir, layers: [await busyboxFiles(), files], compression: "none" });
    await instance.write("compose.yaml", `${plainWeb(port)}    image: ./other\n`);
    const image = await instance.run(["reconcile"]);
    expect(image.stdout).toContain("image: ./image → ./other  compose.yaml:8");
    expect(image.stdout).toMatch(
      /command: \["sh","-c",".*"\] → \["httpd","-f","-p","80","-h","\/www"\] {2}compose.yaml:4/,
    );
    expect(image.stdout).toContain(`environment.GREETING: Servus → (removed)`);
    expect(await get(`http://127.0.0.1:${port}/`)).toBe("The other image");

    const after = await instance.ps();
    expect(after.map(({ name, state }) => [name, state])).toEqual([["shop-web-1", "running"]]);
    expect(after[0]?.id).not.toBe(before[0]?.id);
  });

  test("of the number of replicas touches no other one", async () => {
    await using instance = await anInstance();
    const port = await freePort();
    const scaleTo = async (replicas: number): Promise<Readonly<Record<string, number>>> => {
      await instance.write("compose.yaml", webStack({ port, replicas }));
      expect(await instance.run(["reconcile"])).toMatchObject({ exitCode: 0 });
      return instance.pids();
    };

    const one = await scaleTo(1);
    const three = await scaleTo(3);
    expect(Object.keys(three)).toEqual(["shop-web-1", "shop-web-2", "shop-web-3"]);
    expect(three).toMatchObject(one);
    const two = await scaleTo(2);
    expect(Object.keys(two)).toEqual(["shop-web-1", "shop-web-2"]);
    expect(three).toMatchObject(two);
    expect(await answers(() => get(`http://127.0.0.1:${port}/`), 3)).toHaveLength(2);
  });

  test("that takes a service out of the file takes its containers away, and no others", async () => {
    await using instance = await anInstance();
    const port = await freePort();
    const worker = "  worker:\n    image: ./image\n    command: [sleep, infinity]\n    init: true\n";
    await instance.write("compose.yaml", webStack({ port, replicas: 1, more: worker }));
    await instance.run(["reconcile"]);
    const before = await instance.pids();
    expect(Object.keys(before)).toEqual(["shop-web-1", "shop-worker-1"]);

    await instance.write("compose.yaml", webStack({ port, replicas: 1 }));
    const { stdout } = await instance.run(["reconcile"]);
    expect(stdout).toContain("- worker  1 replica, no longer in the file");
    expect(await instance.pids()).toEqual({ "shop-web-1": before["shop-web-1"] });
  });
});

/** Up to where the image is said. */
function plainWeb(port: number): string {
  return `name: shop
services:
  web:
    command: [httpd, -f, -p, "80", -h, /www]
    stop_signal: SIGKILL
    ports:
      - "${port}:80"
`;
}
