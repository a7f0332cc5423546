/** The image of examples/stacks/hello, so that the first stack needs no registry. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { run } from "./report.mjs";

export function helloImage(root) {
  const inRoot = (path) => join(root, path);
  const builder = inRoot("scripts/build-hello-image.ts");
  const made = inRoot("examples/stacks/hello/image/index.json");
  const madeFrom = ["/bin/busybox", builder, inRoot("test/support/build-image.ts")];
  return {
    isDone: () => madeFrom.every((path) => changedAt(path) < changedAt(made)),
    run: async () => {
      const doing = "building the image of examples/stacks/hello from busybox-static";
      await run(inRoot("node_modules/.bin/node"), [builder], { cwd: root, doing });
    },
  };
}

/** The change time: a package's files carry the modification times of its maker's machine. */
function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0;
}
