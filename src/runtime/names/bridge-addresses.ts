/** Virtual addresses on bridges, each as a subnet of its own: so the host answers for it on that network. */
import { isIPv6Address } from "../../model/host-address.ts";
import { codeOf } from "../../model/error.ts";
import { run } from "../../sys/run.ts";

export interface BridgeAddress {
  readonly bridge: string;
  readonly address: string;
}

/** No error where they are there already. One of IPv6 is deprecated (RFC 4862), so that the host asks as itself. */
export async function addAddresses(addresses: readonly BridgeAddress[]): Promise<void> {
  const lines = addresses.map(
    ({ bridge, address }) =>
      `addr replace ${alone(address)} dev ${bridge} nodad${isIPv6Address(address) ? " preferred_lft 0" : ""}\n`,
  );
  await run("ip", ["-batch", "-"], { input: lines.join("") });
}

/** The bridge may be gone, and with it the address. */
export async function removeAddress({ bridge, address }: BridgeAddress): Promise<void> {
  await run("ip", ["addr", "delete", alone(address), "dev", bridge]).catch((error: unknown) => {
    if (codeOf(error) !== "COMMAND_FAILED") throw error;
  });
}

function alone(address: string): string {
  return `${address}/${isIPv6Address(address) ? 128 : 32}`;
}
