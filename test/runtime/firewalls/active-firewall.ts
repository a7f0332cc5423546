/** The firewalls that Tallyman gets along with, each brought up on a host of a test as its administrator would. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TestHost } from "../../support/host.ts";
import { until } from "../../support/until.ts";

export interface ActiveFirewall {
  readonly isInstalled: boolean;
  /** Of its configuration. */
  readonly ownFolders: readonly string[];
  /** Resolves when it filters; its processes end with what is returned. */
  start(host: TestHost): Promise<AsyncDisposable>;
  reload(host: TestHost): Promise<unknown>;
  /** All its rules and settings, as they are kept and as they are in the kernel. */
  rules(host: TestHost): Promise<string>;
}

const dockersRules = fileURLToPath(new URL("docker-20.10.rules", import.meta.url));
const nothing: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() };

const ufw: ActiveFirewall = {
  isInstalled: true,
  ownFolders: ["/etc/ufw"],
  start: async (host) => {
    await host.run("ufw", "--force", "enable");
    return nothing;
  },
  reload: (host) => host.run("ufw", "reload"),
  rules: async (host) => {
    const saved = await host.run("cat", "/etc/ufw/user.rules", "/etc/ufw/user6.rules");
    return saved.stdout + (await filters(host));
  },
};

/** Of both families. */
async function filters(host: TestHost): Promise<string> {
  return (await host.run("sh", "-ec", "iptables -S; ip6tables -S")).stdout;
}

/** The rules that a daemon without containers has made, and makes again at each start; with IPv6, the filter twice. */
const docker: ActiveFirewall = {
  isInstalled: true,
  ownFolders: [],
  start: async (host) => {
    await host.run("iptables-restore", dockersRules);
    await host.run("sh", "-ec", `sed /COMMIT/q ${dockersRules} | ip6tables-restore`);
    return nothing;
  },
  reload: (host) =>
    host.run(
      "sh",
      "-ec",
      "for family in iptables ip6tables; do $family -D FORWARD -j DOCKER-USER; $family -I FORWARD -j DOCKER-USER; done",
    ),
  rules: filters,
};

/** With a message bus of its own. */
const firewalld: ActiveFirewall = {
  isInstalled: existsSync("/usr/sbin/firewalld"),
  ownFolders: ["/etc/firewalld", "/run/dbus"],
  start: async (host) => {
    await using starting = new AsyncDisposableStack();
    starting.use(daemon(host, "dbus-daemon", "--system", "--nofork", "--nopidfile", "--nosyslog"));
    starting.use(daemon(host, "firewalld", "--nofork", "--nopid"));
    await until("firewalld runs", () =>
      host.run("firewall-cmd", "--state").then(
        () => true,
        () => false,
      ),
    );
    return starting.move();
  },
  reload: (host) => host.run("firewall-cmd", "--reload"),
  rules: async (host) => {
    const saved = await host.run("sh", "-c", "cat /etc/firewalld/zones/*.xml || true");
    return saved.stdout + (await host.run("nft", "list", "table", "inet", "firewalld")).stdout;
  },
};

export const firewalls: Readonly<Record<string, ActiveFirewall>> = { docker, ufw, firewalld };

function daemon(host: TestHost, ...command: readonly string[]): AsyncDisposable {
  const [nsenter = "", ...args] = [...host.inside, ...command];
  const child = spawn(nsenter, args, { stdio: "ignore" });
  const ended = once(child, "exit");
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
