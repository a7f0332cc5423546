/** How far a container is kept from the host: what its service asks for, else what is the default here. Pure. */
import type { ContainerSpec } from "../../model/container-spec.ts";
import { TallymanError } from "../../model/error.ts";

export interface Isolation {
  /** Ids in the container are others than on the host: its root is nobody there. */
  readonly userNamespace: boolean;
  /** No program gives its process more rights than it had: set-user-id bits have no effect. */
  readonly noNewPrivileges: boolean;
}

type Asked = Pick<ContainerSpec, "privileged" | "network" | "hostNamespaces" | "mounts" | "security">;

/** Throws ISOLATION_CONFLICT where a user namespace and something else of the spec exclude each other; names both. */
export function decideIsolation(spec: Asked, defaults: IsolationDefaults): Isolation {
  const wanted = wantedIsolation(spec, defaults);
  const conflict = wanted.userNamespace ? conflictOf(spec) : undefined;
  if (conflict !== undefined) {
    const source = spec.security.userNamespace === true ? "the service's" : "the configuration's";
    throw new TallymanError(
      "ISOLATION_CONFLICT",
      `${conflict} and ${source} user namespace exclude each other`,
      {
        hint: "Write `userns_mode: host` for this service to run it without one, or leave the other out.",
      },
    );
  }
  return wanted;
}

/** Whether it can be had or not. */
export function wantedIsolation(
  { security: { userNamespace, noNewPrivileges } }: Pick<ContainerSpec, "security">,
  defaults: IsolationDefaults,
): Isolation {
  return {
    userNamespace: userNamespace ?? defaults.userNamespaces,
    noNewPrivileges: noNewPrivileges ?? defaults.noNewPrivileges,
  };
}

/** As the operator of the host has it. */
export interface IsolationDefaults {
  readonly userNamespaces: boolean;
  readonly noNewPrivileges: boolean;
}

/** Over what belongs to the host, root of a user namespace has no rights. */
function conflictOf({ privileged, network, hostNamespaces = [], mounts }: Asked): string | undefined {
  if (privileged) return "`privileged: true`";
  if (network === "host") return "`network_mode: host`";
  const [shared] = hostNamespaces;
  if (shared !== undefined) return `\`${shared}: host\``;
  // A mount under other ids is another mount: what happens below the one does not show below the other.
  const heard = mounts.flatMap((mount) => (mount.kind === "bind" ? [mount.propagation ?? "rprivate"] : []));
  const propagation = heard.find((mode) => mode !== "private" && mode !== "rprivate");
  return propagation === undefined ? undefined : `bind propagation \`${propagation}\``;
}
