/**
 * Builds the image of examples/stacks/hello as an OCI image layout, from Debian's busybox-static: no network.
 * The same busybox gives the same digest.
 */
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { buildImage, busyboxFiles } from "../test/support/build-image.ts";

const layout = join(import.meta.dirname, "../examples/stacks/hello/image");
const unfinished = `${layout}.tmp`;

await rm(unfinished, { recursive: true, force: true });
await buildImage({
  dir: unfinished,
  layers: [[...(await busyboxFiles()), { path: "www", type: "directory" }]],
  config: { Cmd: ["sh"], Env: ["PATH=/bin"] },
});
await rm(layout, { recursive: true, force: true });
await rename(unfinished, layout);
