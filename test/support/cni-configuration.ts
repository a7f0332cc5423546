/** A CNI configuration of the host for one test: containers are on a link of their own, with addresses of one subnet. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { codeOf } from "../../src/model/error.ts";

export interface HostConfiguration extends AsyncDisposable {
  readonly name: string;
  readonly file: string;
  /** At first. */
  readonly plugins: readonly object[];
  /** Addresses that its plugin has given out. */
  leases(): Promise<readonly string[]>;
  write(plugins: readonly object[]): Promise<void>;
  /** Its plugins wait for this file (flock) whenever they look at leases. */
  readonly lock: string;
}

/** Beside whatever others have in that folder of the host. */
export async function aConfiguration(subnet = "198.19.40.0/29"): Promise<HostConfiguration> {
  const folder = await mkdtemp(join(tmpdir(), "tallyman-cni-"));
  const name = basename(folder);
  const file = `/etc/cni/net.d/${name}.conflist`;
  const leases = async (): Promise<readonly string[]> => {
    const names = existsSync(join(folder, name)) ? await readdir(join(folder, name)) : [];
    return names.filter((each) => each.startsWith("198.")).sort();
  };
  const write = (plugins: readonly object[]): Promise<void> =>
    writeInFolder(file, JSON.stringify({ cniVersion: "1.0.0", name, plugins }));
  const ranges = [[{ subnet }]];
  const ipam = { type: "host-local", dataDir: folder, ranges, routes: [{ dst: "0.0.0.0/0" }] };
  const plugins = [
    { type: "ptp", ipam },
    { type: "tuning", sysctl: { "net.core.somaxconn": "321" } },
  ];
  await write(plugins);
  return {
    name,
    file,
    plugins,
    leases,
    write,
    lock: join(folder, name, "lock"),
    [Symbol.asyncDispose]: async () => {
      await rm(file, { force: true });
      for (const made of ["/etc/cni/net.d", "/etc/cni"]) await removeEmpty(made);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Another test may take the folder away at the same time, as long as nothing is in it. */
async function writeInFolder(file: string, text: string): Promise<void> {
  for (;;) {
    await mkdir(dirname(file), { recursive: true });
    const isWritten = await writeFile(file, text).then(() => true, unless("ENOENT"));
    if (isWritten) return;
  }
}

/** Others may have put something there by now, or taken it away. */
async function removeEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(unless("ENOTEMPTY", "ENOENT"));
}

/** False for a failure with one of these codes. Throws any other one. */
function unless(...codes: readonly string[]): (error: unknown) => false {
  return (error) => {
    if (codes.includes(codeOf(error) ?? "")) return false;
    throw error;
  };
}
