import { expect, test } from "vitest";
import { anInstance, type TestInstance } from "../support/instance.ts";

const stack = (mode: string): string => `
name: side
services:
  app:
    image: ./image
    command: [sleep, "1000"]
    network_mode: service:vpn
    ipc: service:vpn
    stop_signal: SIGKILL
  vpn:
    image: ./image
    command: [sleep, "1000"]
    hostname: tunnel
    ipc: shareable
    stop_signal: SIGKILL
    environment: {MODE: ${mode}}
`;

async function names(home: TestInstance): Promise<readonly string[]> {
  const line = "hostname; for kind in net ipc; do readlink /proc/self/ns/$kind; done; stat -c %D /dev/shm";
  const exec = async (service: string): Promise<string> =>
    (await home.run(["exec", "-T", `side/${service}`, "sh", "-c", line])).stdout;
  return [await exec("app"), await exec("vpn")];
}

test("a service on the network and IPC namespace of another one goes and comes with it, the plan says why, and then there is nothing to do", async () => {
  await using home = await anInstance();
  await home.write("compose.yaml", stack("one"));
  expect(await home.run(["up", "--wait"])).toMatchObject({ exitCode: 0 });
  const [app = "", vpn] = await names(home);
  expect(app).toMatch(/^tunnel\nnet:\S+\nipc:\S+\n\S+\n$/);
  expect(app).toBe(vpn);

  await home.write("compose.yaml", stack("two"));
  const { stdout } = await home.run(["up", "--dry-run"]);
  expect(stdout).toContain("it shares namespaces of vpn, which is replaced");
  const order = [...stdout.matchAll(/\d+  (create|start|stop) +(side-\S+(?: \(old\))?)/g)].map(
    ([, kind, name]) => `${kind} ${name}`,
  );
  expect(order).toEqual([
    "create side-vpn-1",
    "create side-app-1",
    "stop side-app-1 (old)",
    "stop side-vpn-1 (old)",
    "start side-vpn-1",
    "start side-app-1",
  ]);
  expect(await home.run(["up", "--wait"])).toMatchObject({ exitCode: 0 });
  const [after, vpnAfter] = await names(home);
  expect(after).toBe(vpnAfter);
  expect(after).not.toBe(app);
  expect((await home.run(["up", "--dry-run", "--detailed-exitcode"])).exitCode).toBe(0);
});
