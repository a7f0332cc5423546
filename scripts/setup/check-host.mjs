/** What the set-up cannot mend by itself. */
import { SetupError } from "./report.mjs";

export function checkHost() {
  if (process.platform !== "linux") {
    throw new SetupError(
      `Tallyman runs containers with the kernel's own means and needs Linux; this is ${process.platform}.\n` +
        "Use a Linux machine or a virtual machine, best with Debian 12 or later.",
    );
  }
  if (Number(process.versions.node.split(".")[0]) < 20) {
    throw new SetupError(
      `The set-up needs Node 20 or later; this is ${process.versions.node}.\n` +
        "Install a newer one (it only starts things: Tallyman itself brings the Node that it runs on).",
    );
  }
  if (process.getuid() !== 0) {
    throw new SetupError(
      "Run it as root (sudo npm start): Tallyman makes mounts, network namespaces, nftables rules and cgroups,\n" +
        "and the set-up installs Debian packages that are missing. Only root may do either.",
    );
  }
}
