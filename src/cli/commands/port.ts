/** `port`: where on the host the ports of a service are reached, as the kernel has it now. Takes no lock. */
import { replicasOf } from "../../agent/replica.ts";
import { selectService } from "../../agent/select.ts";
import { TallymanError } from "../../model/error.ts";
import { openReader } from "../../runtime/open-reader.ts";
import { directories } from "../directories.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { mappingJson, mappingText, servicePorts } from "../output/port-mapping.ts";
import type { ContainerPort } from "../program/options.ts";
import type { CommandContext } from "./context.ts";

export interface PortOptions {
  /** A service (`stack/service`), a container or an id. */
  readonly name: string;
  /** Undefined: all. */
  readonly port: ContainerPort | undefined;
  /** Only of the replica in this slot. */
  readonly index?: number | undefined;
  readonly format: "table" | "json";
}

export async function port(
  { name, port: wanted, index, format }: PortOptions,
  { terminal }: CommandContext,
): Promise<ExitCode> {
  const runtime = openReader(directories(process.env));
  const replicas = selectService(replicasOf(await runtime.list()), name, { index });
  const found = servicePorts(replicas, await runtime.routes()).filter(
    ({ port: target, protocol }) =>
      wanted === undefined || (target === wanted.port && protocol === wanted.protocol),
  );
  if (found.length === 0) {
    const what = wanted === undefined ? "a port" : `port ${wanted.port}/${wanted.protocol}`;
    throw new TallymanError("NO_SUCH_PORT", `nobody on this host is led to ${what} of ${name}`, {
      hint: "A port is reached when it is published under `ports` and a replica is ready: see `tallyman ps`.",
    });
  }
  terminal.out(
    format === "json" ? mappingJson(found) : mappingText(found, { isOfOne: wanted !== undefined }),
  );
  return exitCode.done;
}
