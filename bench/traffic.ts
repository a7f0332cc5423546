/**
 * What it costs to reach a container by its service's address or a published port, beside its own address; and, where
 * dockerd is installed, by a port that Docker publishes. All on hosts of their own.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { aHost, wire, type TestHost } from "../test/support/host.ts";
import { buildNginxImage } from "../test/support/nginx-image.ts";
import { until } from "../test/support/until.ts";
import { median, printRow } from "./figures.ts";

const execute = promisify(execFile);
const rounds = 11;
const roundS = 1;
const port = 8080;

export interface TrafficBench {
  /** Goes away afterwards, with everything in it. */
  readonly folder: string;
  readonly program: string;
}

export async function benchTraffic({ folder, program }: TrafficBench): Promise<void> {
  await chmod(folder, 0o711); // resolvers read in it
  await using host = await aHost();
  await using outside = await aHost();
  await wire(host, outside);
  const image = join(folder, "nginx");
  await buildNginxImage(image);
  const stack = await writeStack(folder, image);
  const env = {
    ...process.env,
    TALLYMAN_DATA_DIR: join(folder, "traffic-data"),
    TALLYMAN_RUN_DIR: join(folder, "traffic-run"),
  };
  const ours = (...args: readonly string[]) => {
    const [command = "", ...rest] = [...host.inside, program, ...args];
    return execute(command, rest, { env });
  };
  await ours("reconcile", "--wait", "-f", stack);
  try {
    const { containers } = JSON.parse((await ours("ps", "--format", "json")).stdout) as Ps;
    const [server, client] = ["traffic-web-1", "traffic-client-1"].map((name) =>
      containers.find((container) => container.name === name),
    );
    const own = server?.addresses[0] ?? "";
    const service = await addressOf("web", ours);
    await compareTraffic("requests by a service's address, from a container", {
      floor: { from: `/proc/${client?.pid}/ns/net`, url: `http://${own}/` },
      ours: { from: `/proc/${client?.pid}/ns/net`, url: `http://${service}/` },
    });
    await compareTraffic("the same, a megabyte each", {
      floor: { from: `/proc/${client?.pid}/ns/net`, url: `http://${own}/large` },
      ours: { from: `/proc/${client?.pid}/ns/net`, url: `http://${service}/large` },
    });
    await sendFrom("198.18.0.9", { to: own, host, outside });
    await compareTraffic("requests by a published port, from another host", {
      floor: { from: outside.netnsPath, url: `http://${own}/` },
      ours: { from: outside.netnsPath, url: `http://198.18.0.1:${port}/` },
    });
    await using docker = await dockers(folder, image);
    if (docker === undefined) {
      printRow(["(dockerd is not installed: its published port is not measured)"]);
      return;
    }
    await compareTraffic("the same, where Docker publishes it (floor)", {
      floor: { from: docker.outside.netnsPath, url: `http://198.18.0.1:${port}/` },
      ours: { from: outside.netnsPath, url: `http://198.18.0.1:${port}/` },
    });
    await compareTraffic("from a container (floor: Docker's port)", {
      floor: { from: docker.clientNetnsPath, url: `http://198.18.0.1:${port}/` },
      ours: { from: `/proc/${client?.pid}/ns/net`, url: `http://${service}/` },
    });
    await compareTraffic("the same, by our published port", {
      floor: { from: docker.clientNetnsPath, url: `http://198.18.0.1:${port}/` },
      ours: { from: `/proc/${client?.pid}/ns/net`, url: `http://198.18.0.1:${port}/` },
    });
  } finally {
    await ours("down", "--all");
  }
}

/**
 * An address of its own for the way without a port: of two connections that lead from one port of a client to one of a
 * server, by different ways, the kernel lets one wait.
 */
async function sendFrom(
  address: string,
  { to, host, outside }: { to: string; host: TestHost; outside: TestHost },
): Promise<void> {
  await outside.run("ip", "address", "add", `${address}/32`, "dev", "wire0");
  await outside.run("ip", "route", "add", to, "via", "198.18.0.1", "src", address);
  await host.run("ip", "route", "add", address, "via", "198.18.0.2");
}

interface Ps {
  readonly containers: readonly {
    readonly name: string;
    readonly pid: number | null;
    readonly addresses: readonly string[];
  }[];
}

interface Way {
  /** A network namespace. */
  readonly from: string;
  readonly url: string;
}

/** In turns; requests a second, and how long one takes: medians, also of what each round makes of the floor before it. */
async function compareTraffic(
  name: string,
  ways: { readonly floor: Way; readonly ours: Way },
): Promise<void> {
  const floors: Traffic[] = [];
  const all: Traffic[] = [];
  for (let round = 0; round < rounds; round += 1) {
    floors.push(await measure(ways.floor));
    all.push(await measure(ways.ours));
  }
  const row = (title: string, unit: string, valueOf: (traffic: Traffic) => number) => {
    const [floor, own] = [floors, all].map((each) => median(each.map(valueOf)));
    const ratio = median(all.map((each, round) => valueOf(each) / valueOf(floors[round] ?? each)));
    printRow([title, `${floor}${unit}`, `${own}${unit}`, `${ratio.toFixed(2)} x`]);
  };
  row(name, "/s", ({ perSecond }) => perSecond);
  row("  one of them takes", " us", ({ latencyUs }) => latencyUs);
}

interface Traffic {
  readonly perSecond: number;
  readonly latencyUs: number;
}

/**
 * It connects anew some thousand times a second, for minutes: so that it neither looks for a free port nor waits for
 * one that a connection had before by another way.
 */
const client = `cd /proc/sys/net/ipv4 && echo 1 >tcp_tw_reuse && echo 2 >tcp_timestamps &&
  echo 1024 65535 >ip_local_port_range && exec "$0" "$@"`;

async function measure({ from, url }: Way): Promise<Traffic> {
  const load = ["sh", "-c", client, "wrk", "--latency", "-c", "16", "-t", "1", "-d", `${roundS}s`, url];
  const { stdout } = await execute("nsenter", [`--net=${from}`, ...load]);
  const [, perSecond = "0"] = /Requests\/sec: +([\d.]+)/.exec(stdout) ?? [];
  const [, latency = "0", unit = "us"] = /50% +([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
  if (/Socket errors|Non-2xx/.test(stdout) || perSecond === "0") throw new Error(`${url}:\n${stdout}`);
  const unitUs = { us: 1, ms: 1_000, s: 1_000_000 }[unit] ?? 1;
  return { perSecond: Math.round(Number(perSecond)), latencyUs: Math.round(Number(latency) * unitUs) };
}

async function addressOf(
  name: string,
  ours: (...args: readonly string[]) => Promise<{ readonly stdout: string }>,
): Promise<string> {
  const { stdout } = await ours("exec", "traffic/client", "nslookup", name);
  return [...stdout.matchAll(/^Address: (\d[\d.]*)$/gm)].at(-1)?.[1] ?? "";
}

async function writeStack(folder: string, image: string): Promise<string> {
  const path = join(folder, "traffic");
  await mkdir(path);
  const busybox = new URL("../examples/stacks/hello/image", import.meta.url).pathname;
  await writeFile(
    join(path, "compose.yaml"),
    `name: traffic
services:
  web: { image: ${image}, ports: ["${port}:80"] }
  client: { image: ${busybox}, command: [sleep, "100000"], stop_signal: SIGKILL }
`,
  );
  return path;
}

interface DockersHost extends AsyncDisposable {
  /** Another host, from which its port is reached. */
  readonly outside: TestHost;
  /** Of another container on the same bridge. */
  readonly clientNetnsPath: string;
}

/** A daemon on a host of its own, with the same image and the same port; undefined where it is not installed. */
async function dockers(folder: string, image: string): Promise<DockersHost | undefined> {
  const path = (process.env["PATH"] ?? "").split(delimiter);
  if (!path.some((each) => existsSync(join(each, "dockerd")))) return undefined;
  await using making = new AsyncDisposableStack();
  const host = making.use(await aHost());
  const outside = making.use(await aHost());
  await wire(host, outside);
  const own = join(folder, "docker");
  const socket = `unix://${own}/socket`;
  await mkdir(own);
  const folders = ["--data-root", join(own, "data"), "--exec-root", join(own, "run"), "-p", join(own, "pid")];
  const [nsenter = "", ...inside] = host.inside;
  const daemon = spawn(nsenter, [...inside, "dockerd", "-H", socket, ...folders, "--storage-driver", "vfs"], {
    stdio: "ignore",
  });
  const ended = once(daemon, "exit");
  making.defer(async () => {
    daemon.kill();
    await ended;
  });
  const docker = (...args: readonly string[]) => host.run("docker", "-H", socket, ...args);
  await until("dockerd answers", () =>
    docker("info").then(
      () => true,
      () => false,
    ),
  );
  await execute("skopeo", ["copy", `oci:${image}`, `docker-archive:${own}/image.tar:nginx:bench`]);
  await docker("load", "-i", `${own}/image.tar`);
  await docker("run", "-d", "--name", "bench", "-p", `${port}:80`, "nginx:bench");
  await docker("run", "-d", "--name", "client", "nginx:bench");
  making.defer(async () => {
    await docker("rm", "-f", "bench", "client");
  });
  const { stdout: pid } = await docker("inspect", "--format", "{{.State.Pid}}", "client");
  const made = making.move();
  return {
    outside,
    clientNetnsPath: `/proc/${pid.trim()}/ns/net`,
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}
