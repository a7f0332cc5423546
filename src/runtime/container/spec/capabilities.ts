/** Which capabilities a container gets: Docker's fourteen, with what was added and dropped. */
import { capabilityName } from "../../../model/capabilities.ts";
import { TallymanError } from "../../../model/error.ts";
import type { ContainerSpec } from "../../../model/container-spec.ts";

const defaults = new Set(
  (
    "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL " +
    "AUDIT_WRITE"
  )
    .split(" ")
    .map((name) => `CAP_${name}`),
);

/**
 * In the kernel's order. `ALL` and `privileged` mean all that the host can give; one named that it cannot is an error,
 * as is a name that no kernel knows.
 */
export function capabilitiesOf(
  spec: Pick<ContainerSpec, "capAdd" | "capDrop" | "privileged">,
  available: readonly string[],
): readonly string[] {
  if (spec.privileged) return available;
  const add = new Set(spec.capAdd.map(requireName));
  const drop = new Set(spec.capDrop.map(requireName));
  for (const name of add) if (name !== "ALL") assertAvailable(name, available);
  return available.filter((name) => {
    if (add.has(name)) return true;
    if (drop.has("ALL") || drop.has(name)) return false;
    return add.has("ALL") || defaults.has(name);
  });
}

function requireName(text: string): string {
  const name = capabilityName(text);
  if (name !== undefined) return name;
  throw new TallymanError("UNKNOWN_CAPABILITY", `there is no capability ${JSON.stringify(text)}`, {
    hint: "See capabilities(7) for the names; CAP_ in front may be left out.",
  });
}

function assertAvailable(name: string, available: readonly string[]): void {
  if (available.includes(name)) return;
  throw new TallymanError(
    "CAPABILITY_UNAVAILABLE",
    `${name} cannot be given: tallyman itself runs without it`,
    {
      hint: "Take it out of cap_add, or run tallyman where it has this capability.",
    },
  );
}
