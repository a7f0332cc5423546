/** Kernel parameters that belong to one container's namespaces, and so may be set for it. */
import type { ContainerSpec } from "../../../model/container-spec.ts";
import { TallymanError } from "../../../model/error.ts";

const ipc = new Set(
  "msgmax msgmnb msgmni sem shmall shmmax shmmni shm_rmid_forced".split(" ").map((name) => `kernel.${name}`),
);

/**
 * Every port may be bound and every group may ping, as in Docker; then the user's. Sorted.
 * @param groups How many groups there are: fewer in a user namespace.
 */
export function sysctlsOf(spec: ContainerSpec, groups = 2 ** 31): Readonly<Record<string, string>> {
  for (const name of Object.keys(spec.sysctls)) assertNamespaced(name, spec);
  const own: Readonly<Record<string, string>> =
    spec.network === "host" || spec.network === "joined"
      ? {}
      : { "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": `0 ${groups - 1}` };
  // The specification has a field for it since 1.1, which runc before 1.2 does not know.
  const domain = spec.domainname === undefined ? {} : { "kernel.domainname": spec.domainname };
  const all = Object.entries({ ...own, ...domain, ...spec.sysctls });
  return Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function assertNamespaced(name: string, spec: ContainerSpec): void {
  if (ipc.has(name) || /^fs\.mqueue\.\w+$/.test(name)) {
    assertOwnIpc(name, spec);
    return;
  }
  if (/^net\.[\w./-]+$/.test(name) && !name.includes("..")) {
    if (spec.network === "joined") {
      throw new TallymanError(
        "BAD_SYSCTL",
        `sysctl ${name} belongs to the network, which is another service's`,
        {
          hint: "Set it for the service whose network this one shares.",
        },
      );
    }
    if (spec.network !== "host") return;
    throw new TallymanError(
      "BAD_SYSCTL",
      `sysctl ${name} would change the host: the container is on its network`,
      {
        hint: "Leave `network_mode: host` out, or set it on the host.",
      },
    );
  }
  throw new TallymanError("BAD_SYSCTL", `sysctl ${JSON.stringify(name)} cannot be set for one container`, {
    hint: "Only net.*, fs.mqueue.* and the kernel.msg*, kernel.sem and kernel.shm* ones can; set others on the host.",
  });
}

function assertOwnIpc(name: string, { ipc: mode, hostNamespaces = [] }: ContainerSpec): void {
  if (mode !== "joined" && !hostNamespaces.includes("ipc")) return;
  const owner = mode === "joined" ? "another service" : "the host";
  throw new TallymanError("BAD_SYSCTL", `sysctl ${name} belongs to the IPC namespace, which is ${owner}'s`, {
    hint: `Set it for ${owner === "the host" ? owner : "the service whose namespace this one shares"}.`,
  });
}
