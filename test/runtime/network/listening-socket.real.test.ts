import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { portInUse } from "../../../src/runtime/network/listening-socket.ts";

test.each([
  { listens: "127.0.0.1", hostAddress: "0.0.0.0", meets: true },
  { listens: "127.0.0.1", hostAddress: "127.0.0.1", meets: true },
  { listens: "127.0.0.1", hostAddress: "192.0.2.1", meets: false },
  { listens: "0.0.0.0", hostAddress: "192.0.2.1", meets: true },
  { listens: "::", hostAddress: "192.0.2.1", meets: true },
  { listens: "::ffff:127.0.0.1", hostAddress: "127.0.0.1", meets: true },
  { listens: "::1", hostAddress: "0.0.0.0", meets: true },
  { listens: "::1", hostAddress: "127.0.0.1", meets: false },
])("a listener on $listens meets a port published on $hostAddress: $meets", async (the) => {
  const server = createServer().listen(0, the.listens);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  const found = await portInUse({ hostAddress: the.hostAddress, hostPort: port, protocol: "tcp" });
  expect(found?.process?.pid).toBe(the.meets ? process.pid : undefined);
  server.close();
  const free = await portInUse({ hostAddress: the.hostAddress, hostPort: port, protocol: "tcp" });
  expect(free).toBeUndefined();
});
