/** A program for the recovery tests to kill: brings containers up, or takes them away, and ends. */
import { readFile } from "node:fs/promises";
import { openRuntime } from "../../../src/runtime/open.ts";
import type { CreateRequest, RuntimePaths } from "../../../src/runtime/types.ts";

export interface BringUpOrder {
  readonly paths: RuntimePaths;
  readonly work: "create-and-start" | "restart" | "remove";
  readonly requests: readonly CreateRequest[];
}

const [orderFile = ""] = process.argv.slice(2);
const order = JSON.parse(await readFile(orderFile, "utf8")) as BringUpOrder;
await using runtime = await openRuntime(order.paths);
await Promise.all(
  order.requests.map(async (request) => {
    if (order.work === "remove") return runtime.remove(request.id);
    if (order.work === "create-and-start") await runtime.create(request);
    return runtime.start(request.id);
  }),
);
