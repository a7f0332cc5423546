/** Where a file of a process's cgroup is. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** `controller/file` on v1, `file` on v2. */
export async function cgroupFile(pid: number, v1: string, v2: string): Promise<string> {
  const lines = (await readFile(`/proc/${pid}/cgroup`, "utf8")).trim().split("\n");
  const [controller = "", file = ""] = v1.split("/");
  for (const line of lines) {
    const [, controllers = "", path = ""] = line.split(":");
    if (controllers.split(",").includes(controller)) return join("/sys/fs/cgroup", controller, path, file);
  }
  const unified = lines.find((line) => line.startsWith("0::"))?.slice(3) ?? "";
  return join("/sys/fs/cgroup", unified, v2);
}
