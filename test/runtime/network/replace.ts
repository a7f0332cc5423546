/**
 * Leads a published port to one container after the other until it is killed, as updates do. Prints a line for each.
 * Its one argument is a {@link ReplaceOrder}.
 */
import type { ContainerId } from "../../../src/model/ids.ts";
import { instanceOf } from "../../../src/runtime/instance.ts";
import { openNetwork } from "../../../src/runtime/network/network.ts";
import type { RuntimePaths } from "../../../src/runtime/types.ts";
import { routeTo } from "./trial.ts";

export interface ReplaceOrder {
  readonly paths: RuntimePaths;
  readonly port: number;
  readonly replicas: readonly ContainerId[];
}

const { paths, port, replicas } = JSON.parse(process.argv[2] ?? "") as ReplaceOrder; // from our own test
const network = openNetwork(paths, instanceOf(paths));
for (;;) {
  for (const replica of replicas) {
    await network.setRoutes([routeTo(port, [replica])]);
    process.stdout.write("replaced\n");
  }
}
