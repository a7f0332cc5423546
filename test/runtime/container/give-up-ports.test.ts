/** Ports that plugins of CNI lead to a container, and with them its network namespace: gone with its stop, or kept. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { containerId, type ContainerId } from "../../../src/model/ids.ts";
import type { MappedPort } from "../../../src/model/route.ts";
import { findCgroups } from "../../../src/runtime/container/cgroup/cgroups.ts";
import { giveUpPorts } from "../../../src/runtime/container/give-up-ports.ts";
import { layoutOf } from "../../../src/runtime/container/layout.ts";
import { requireRecord, writeRecord, type ContainerRecord } from "../../../src/runtime/container/record.ts";
import { stopContainer } from "../../../src/runtime/container/stop.ts";
import { instanceOf } from "../../../src/runtime/instance.ts";
import { identify } from "../../../src/sys/process.ts";
import { aRecord } from "../../support/container-record.ts";

const port: MappedPort = { hostAddress: "0.0.0.0", hostPort: 8080, protocol: "tcp", containerPort: 80 };
const led = [{ ...port, byPlugins: true as const }];
const lastExit = { startedAt: 2, finishedAt: 3, code: 0, oomKilled: false };
const made = aRecord(containerId("0123456789ab"));
const vpn: ContainerRecord = { ...made, ports: led, stopped: true, lastExit };
const self = { bootId: "", startTime: 0, ...identify(process.pid), pid: process.pid };
const running: ContainerRecord = { ...made, run: { process: self, startedAt: 10 } };
const [side, far] = [containerId("a23456789abc"), containerId("b23456789abc")];
const atSide = { id: side, joins: { network: vpn.id } };

let paths: { readonly dataDir: string; readonly runDir: string };
let detached: ContainerId[];
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "tallyman-ports-"));
  paths = { dataDir: join(folder, "data"), runDir: join(folder, "run") };
  detached = [];
});
afterEach(() => {
  rmSync(join(paths.dataDir, ".."), { recursive: true });
});

const detach = (id: ContainerId): Promise<void> => {
  detached.push(id);
  return Promise.resolve();
};

async function recorded(...records: readonly ContainerRecord[]): Promise<void> {
  for (const record of records) {
    mkdirSync(layoutOf(paths, record.id).home, { recursive: true });
    await writeRecord(paths, record);
  }
}

describe("a container that plugins lead a port to", () => {
  test.each<[string, ContainerRecord, readonly ContainerRecord[]]>([
    ["was stopped", vpn, []],
    ["was stopped, and so was who shares its network", vpn, [{ ...vpn, ...atSide }]],
    ["was stopped, and another one runs", vpn, [{ ...running, id: side }]],
    ["was stopped, and another one shares its PIDs", vpn, [{ ...running, id: side, joins: { pid: vpn.id } }]],
  ])("gives it up where it %s", async (_case, host, others) => {
    await recorded(host, ...others);
    await giveUpPorts({ paths, network: { detach } }, host);
    expect(detached).toEqual([vpn.id]);
  });

  test.each<[string, ContainerRecord, readonly ContainerRecord[]]>([
    ["ended by itself", { ...vpn, stopped: false }, []],
    ["was stopped to be started again", { ...vpn, resumes: true }, []],
    ["is still about to end", { ...running, stopped: true, ports: led }, []],
    ["has a neighbour in its network", vpn, [{ ...running, ...atSide }]],
    ["has one that is being made", vpn, [{ ...made, ...atSide }]],
    [
      "has one by way of another",
      vpn,
      [
        { ...vpn, ...atSide },
        { ...running, id: far, joins: { network: side } },
      ],
    ],
    ["has only ports of ours", { ...vpn, ports: [port] }, []],
  ])("keeps it and its network where it %s", async (_case, host, others) => {
    await recorded(host, ...others);
    await giveUpPorts({ paths, network: { detach } }, host);
    expect(detached).toEqual([]);
  });

  test.each([
    ["keeps its network over a restart by us", { resumes: true }, []],
    ["gives it up when somebody stops it for good", {}, [vpn.id]],
  ])("%s", async (_case, options, expected) => {
    await recorded({ ...vpn, stopped: false });
    const engine = { paths, cgroups: findCgroups(instanceOf(paths)), network: { detach } };
    await stopContainer(engine, vpn.id, options);
    expect(requireRecord(paths, vpn.id).stopped).toBe(true);
    expect(detached).toEqual(expected);
  });
});
