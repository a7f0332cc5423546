/** A program for the journal's tests: writes so many events, as fast as it can. */
import { containerId } from "../../../src/model/ids.ts";
import { recordEvent } from "../../../src/runtime/events/journal.ts";

const [dataDir = "", name = "", count = "0"] = process.argv.slice(2);
const container = { id: containerId("0123456789ab"), name, image: "busybox", labels: {} };
for (let restarts = 1; restarts <= Number(count); restarts++) {
  recordEvent(dataDir, { kind: "restart", container, restarts }, { maxFileBytes: 10_000, maxFiles: 1000 });
}
