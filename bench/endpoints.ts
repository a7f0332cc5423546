/**
 * 1,000 services with 10,000 endpoints in the kernel: written from nothing, one endpoint changed, and the same beside
 * a neighbour with a million elements. A program, to be run in a network of its own: `unshare --net`.
 */
import { instanceOf } from "../src/runtime/instance.ts";
import { containerId, type ContainerId } from "../src/model/ids.ts";
import {
  withMember,
  withoutMember,
  withServices,
  type ServiceRoute,
} from "../src/runtime/network/published.ts";
import { Table } from "../src/runtime/network/table.ts";
import { run } from "../src/sys/run.ts";
import { compare, median, printRow, timed } from "./figures.ts";

const rounds = 9;
const replicas = 10;
const services = Array.from({ length: 1_000 }, (_, service): ServiceRoute => ({
  address: `10.89.${12 + Math.floor(service / 256)}.${service % 256}`,
  backends: Array.from({ length: replicas }, (_, replica) => ({
    containerId: idOf(service * replicas + replica),
    address: `10.${100 + replica}.${Math.floor(service / 256)}.${service % 256}`,
  })),
}));
const size = "1,000 services, 10,000 endpoints";

const table = new Table(instanceOf({ dataDir: "bench" }));
printRow([`${size}, from nothing`, "", `${await timed(writeAll)} ms`, ""]);
await compare("a change of one of them (floor: nft looks at one)", rounds, {
  floor: () => timed(smallestChange),
  ours: () => timed(oneChange),
});
const alone = await medianOf(oneChange);
await addNeighbour();
await oneChange(); // others have changed rules: this one reads ours again
const beside = await medianOf(oneChange);
printRow([
  "the same beside a million elements",
  `${alone} ms`,
  `${beside} ms`,
  `${(beside / alone).toFixed(2)} x`,
]);

function writeAll(): Promise<void> {
  return table.change((published) => withServices(published, services));
}

/** An endpoint goes, and with the next round comes back. */
async function oneChange(): Promise<void> {
  const { address = "", backends: [endpoint] = [] } = services[500] ?? {};
  if (endpoint === undefined) return;
  await table.change((published) => {
    const others = withoutMember(published, endpoint.containerId);
    const wasThere = published.services.some(({ backends }) =>
      backends.some(({ containerId }) => containerId === endpoint.containerId),
    );
    return wasThere ? others : withMember(others, { virtual: address, endpoint });
  });
}

/** What nft takes to read and check one line, and to change nothing. */
async function smallestChange(): Promise<void> {
  await run("nft", ["--check", "-f", "-"], { input: "add table ip floor\n" });
}

async function medianOf(work: () => Promise<void>): Promise<number> {
  const all: number[] = [];
  for (let round = 0; round < rounds; round += 1) all.push(await timed(work));
  return median(all);
}

async function addNeighbour(): Promise<void> {
  await nft("add table ip neighbour\nadd set ip neighbour blocked { type ipv4_addr; }\n");
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const elements = Array.from({ length: 100_000 }, (_, index) => {
      const number = tenth * 100_000 + index;
      return `20.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
    });
    await nft(`add element ip neighbour blocked { ${elements.join(", ")} }\n`);
  }
}

function nft(input: string): Promise<unknown> {
  return run("nft", ["-f", "-"], { input });
}

function idOf(number: number): ContainerId {
  return containerId(number.toString(16).padStart(64, "0"));
}
