import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { cgroupFile } from "../support/cgroup-file.ts";
import { freePort } from "../support/free-port.ts";
import { anInstanceRunning, type TestInstance } from "../support/instance.ts";
import { until } from "../support/until.ts";

/** Of an instance, those that serve its containers, by name. */
async function companions({ runDir }: TestInstance): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const pid of (await readdir("/proc")).map(Number).filter((each) => each > 0)) {
    const read = (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
    const [command, name] = [await read("cmdline"), (await read("comm")).trim()];
    if (command.includes(runDir) && ["dnsmasq", "socat"].includes(name)) found.set(name, pid);
  }
  return found;
}

const membership = (pid: number): Promise<string> => cgroupFile(pid, "memory/cgroup.procs", "cgroup.procs");

test("the programs that serve containers are in cgroups of ours, as containers are, and gone with the last of them", async () => {
  await using home = await anInstanceRunning(`
name: served
services:
  web:
    image: ./image
    command: [sleep, "1000"]
    ports: ["${await freePort()}:80"]
    stop_signal: SIGKILL
    deploy: {update_config: {monitor: 100ms}}
`);
  const programs = await companions(home);
  expect([...programs.keys()].sort()).toEqual(["dnsmasq", "socat"]);
  const members = await Promise.all([...programs.values()].map(membership));
  for (const member of members) expect(member).toMatch(/\/tallyman[^/]*\/[^/]+\/cgroup\.procs$/);

  if (!existsSync("/run/systemd/system")) {
    // As where whoever started them was killed at once.
    for (const pid of programs.values()) await writeFile(await membership(process.pid), `${pid}`);
    expect(await home.run(["reconcile"])).toMatchObject({ exitCode: 0 });
    expect(await Promise.all([...programs.values()].map(membership))).toEqual(members);
  }

  expect(await home.run(["down", "served"])).toMatchObject({ exitCode: 0 });
  await until("their cgroups are gone", () => !members.some((member) => existsSync(dirname(member))));
});
