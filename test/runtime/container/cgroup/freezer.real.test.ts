import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findCgroups } from "../../../../src/runtime/container/cgroup/cgroups.ts";
import { isFrozen, thaw } from "../../../../src/runtime/container/cgroup/freezer.ts";
import { instanceOf } from "../../../../src/runtime/instance.ts";
import { newId } from "../../../support/test-runtime.ts";

test.each([
  ["is gone before the runtime can thaw it: no error", 'rm -r "$CGROUP"', undefined],
  ["stays frozen: the runtime's own error", "true", "COMMAND_FAILED"],
])("a paused container that %s", async (_what, meanwhile, code) => {
  const folder = await mkdtemp(join(tmpdir(), "freezer-"));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(folder, { recursive: true }));
  const paths = { dataDir: join(folder, "data"), runDir: join(folder, "run") };
  const id = newId();
  const freezer = { parent: folder, file: "cgroup.freeze" };
  const cgroups = { ...findCgroups(instanceOf(paths)), freezer, folderName: () => "scope" };
  const cgroup = join(folder, "scope");
  await mkdir(cgroup);
  await writeFile(join(cgroup, freezer.file), "1\n");
  const program = join(folder, "runtime");
  const script = `#!/bin/sh\nCGROUP=${cgroup}\n${meanwhile}\necho container not paused >&2\nexit 1\n`;
  await writeFile(program, script, { mode: 0o755 });
  expect(isFrozen(cgroups, id)).toBe(true);
  const thawed = thaw({ paths, cgroups }, { id, runtime: { name: "trial", program } });
  const found = await thawed.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (code === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject({ code });
});
