/** Makes everything ready for `runc exec`, and refuses what could not run. */
import { closeSync, constants } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { findCgroups } from "../container/cgroup/cgroups.ts";
import { isFrozen } from "../container/cgroup/freezer.ts";
import { instanceOf } from "../instance.ts";
import { ownCapabilities } from "../container/inspect-host.ts";
import { commandPaths, findCommand } from "../container/root/find-command.ts";
import { layoutOf } from "../container/layout.ts";
import { openRoot } from "../container/root/open-root.ts";
import { readUserFiles } from "../container/root/read-user-files.ts";
import { requireRunning } from "../container/require-running.ts";
import { assertInRange } from "../container/namespaces/user-namespace.ts";
import type { OciProcess, OciSpec } from "../container/spec/oci-spec.ts";
import { openInRoot } from "../../sys/open-in-root.ts";
import { pathOnly } from "../../sys/openat2.ts";
import type { RuntimePaths } from "../types.ts";
import { execProcess } from "./process-spec.ts";
import type { ExecRequest } from "./request.ts";

/**
 * Made from what the container was really given, which stands in its bundle: not from what the record would give now.
 * Throws NO_SUCH_CONTAINER, NOT_RUNNING, PAUSED, EXEC_NO_FOLDER, EXEC_NOT_FOUND, EXEC_NOT_EXECUTABLE,
 * USER_OUT_OF_RANGE, and what {@link execProcess} throws.
 */
export async function prepareExec(
  paths: RuntimePaths,
  id: ContainerId,
  request: ExecRequest,
): Promise<OciProcess> {
  const record = requireRunning(paths, id);
  if (isFrozen(findCgroups(instanceOf(paths)), id)) {
    throw new TallymanError("PAUSED", `container ${record.name} is paused`, {
      hint: "Let it go on: tallyman unpause.",
    });
  }
  using root = openRoot(record);
  const process = execProcess(await ownProcess(paths, id), request, {
    userFiles: await readUserFiles(root.path),
    capabilities: ownCapabilities(),
  });
  if (record.isolation.ids) assertInRange(process.user, record.isolation.ids);
  if (request.workingDir !== undefined) {
    requireFolder(process.cwd, { root: root.path, container: record.name });
  }
  requireCommand(process, { root: root.path, container: record.name });
  return process;
}

/** As we wrote it, in a folder of root's alone. */
async function ownProcess(paths: RuntimePaths, id: ContainerId): Promise<OciProcess> {
  const text = await readFile(join(layoutOf(paths, id).bundle, "config.json"), "utf8");
  return (JSON.parse(text) as OciSpec).process;
}

/** What is no plain path (a link of /proc) is left for runc to judge. */
function requireFolder(
  path: string,
  { root, container }: { readonly root: string; readonly container: string },
): void {
  try {
    closeSync(openInRoot(root, path, pathOnly | constants.O_DIRECTORY));
  } catch (error) {
    if (!["ENOENT", "ENOTDIR"].includes(codeOf(error) ?? "")) return;
    throw new TallymanError(
      "EXEC_NO_FOLDER",
      `there is no folder ${JSON.stringify(path)} in container ${container}`,
      { hint: "Correct --workdir." },
    );
  }
}

/** runc would say so in words of its own, and with an exit code that any command may have. */
function requireCommand(
  { args, env, cwd }: OciProcess,
  { root, container }: { readonly root: string; readonly container: string },
): void {
  const command = args[0] ?? "";
  const name = JSON.stringify(command);
  switch (findCommand(root, commandPaths({ command, env, cwd }))) {
    case "executable":
      return;
    case "not-executable":
      throw new TallymanError(
        "EXEC_NOT_EXECUTABLE",
        `${name} in container ${container} is not an executable file`,
      );
    case "absent":
      throw new TallymanError("EXEC_NOT_FOUND", `there is no command ${name} in container ${container}`, {
        hint: "A line for the shell needs one in front: sh -c.",
      });
  }
}
