/** Which capabilities a container gets: Docker's fourteen, with what was added and dropped. */
import { TallymanError } from "../../../model/error.ts";
import type { ContainerSpec } from "../../../model/container-spec.ts";

/** In the kernel's order: the index is the number of the capability (capabilities(7)). */
export const allCapabilities: readonly string[] = (
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE " +
  "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT " +
  "SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP " +
  "MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
)
  .split(" ")
  .map((name) => `CAP_${name}`);

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
  const add = new Set(spec.capAdd.map(capabilityName));
  const drop = new Set(spec.capDrop.map(capabilityName));
  for (const name of add) if (name !== "ALL") assertAvailable(name, available);
  return available.filter((name) => {
    if (add.has(name)) return true;
    if (drop.has("ALL") || drop.has(name)) return false;
    return add.has("ALL") || defaults.has(name);
  });
}

/** `net_admin`, `CAP_NET_ADMIN` -> `CAP_NET_ADMIN`; `all` -> `ALL`. */
function capabilityName(text: string): string {
  const upper = text.toUpperCase();
  const name = upper === "ALL" || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  if (name === "ALL" || allCapabilities.includes(name)) return name;
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
