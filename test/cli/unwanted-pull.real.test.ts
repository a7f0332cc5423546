import { once } from "node:events";
import { createServer } from "node:http";
import { expect, test } from "vitest";
import { anInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

const patiently = { withinMs: 60_000 };

test("a pull that the next revision does not want is given up at once", async () => {
  await using instance = await anInstance();
  await using registry = await aSilentRegistry();
  const image = `127.0.0.1:${registry.port}/web:1`;
  await instance.write("compose.yaml", stackFile(image));
  await using agent = instance.spawn(["reconcile", "--watch"]);
  await registry.asked;
  await until("the image is all that the container waits for", async () => {
    const { stdout } = await instance.run(["rollout", "status", "app"]);
    return stdout.includes(`  Not there yet: image ${image}, container app-web-1\n`);
  });

  await instance.write("compose.yaml", stackFile("./image"));
  await agent.prints(/✗ pull +127\.0\.0\.1:\S+ {2}no revision wants it any more/, patiently);
  await agent.prints("Watching", patiently);
  expect(await instance.run(["rollout", "status", "app"])).toMatchObject({ exitCode: 0 });
});

/** It takes each request, and says nothing. */
async function aSilentRegistry(): Promise<
  AsyncDisposable & { readonly port: number; readonly asked: Promise<unknown> }
> {
  const server = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    asked: once(server, "request"),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function stackFile(image: string): string {
  return `name: app
services:
  web: { image: "${image}", command: [sleep, infinity], stop_signal: SIGKILL }
`;
}
