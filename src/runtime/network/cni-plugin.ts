/** One call of a CNI plugin of the host (CNI specification 1.0, section 2). */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { TallymanError } from "../../model/error.ts";
import type { ContainerId } from "../../model/ids.ts";
import { CommandError, run } from "../../sys/run.ts";

export const pluginFolders = ["/usr/lib/cni", "/opt/cni/bin"];

export interface PluginCall {
  readonly command: "ADD" | "DEL" | "CHECK";
  /** Its name. */
  readonly plugin: string;
  readonly id: ContainerId;
  /** Absent when the namespace is gone. */
  readonly netnsPath?: string;
  /** In the container. */
  readonly interfaceName: string;
  /** What the specification has no field for: `MAC`, `IP`. A plugin that does not know one passes over it. */
  readonly args?: Readonly<Record<string, string>>;
  /** For its standard input. */
  readonly configuration: object;
  /** The file that names it, where there is one. */
  readonly file?: string;
}

/** What it prints. Throws NO_CNI_PLUGINS, and CNI_FAILED with the plugin's own words. */
export async function callPlugin(call: PluginCall): Promise<string> {
  const path = pluginPath(call);
  try {
    const { stdout } = await run(path, [], {
      input: JSON.stringify(call.configuration),
      env: {
        CNI_COMMAND: call.command,
        CNI_CONTAINERID: call.id,
        CNI_NETNS: call.netnsPath ?? "",
        CNI_IFNAME: call.interfaceName,
        CNI_ARGS: argumentsText(call.args),
        CNI_PATH: pluginFolders.join(":"),
      },
      withChildren: true,
    });
    return stdout;
  } catch (error) {
    if (!(error instanceof CommandError) || error.code !== "COMMAND_FAILED") throw error;
    const where = call.file === undefined ? "" : `${call.file}: plugin ${call.plugin}: `;
    throw new TallymanError("CNI_FAILED", `container ${call.id}: ${where}${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function argumentsText(args: PluginCall["args"] = {}): string {
  const all = Object.entries(args).map(([name, value]) => `${name}=${value}`);
  return all.length === 0 ? "" : ["IgnoreUnknown=1", ...all].join(";");
}

/** Throws NO_CNI_PLUGINS where it is not there. */
export function pluginPath({ plugin, file }: Pick<PluginCall, "plugin" | "file">): string {
  // A name with a slash in it is none: what is called is in these folders.
  const paths = plugin.includes("/") ? [] : pluginFolders.map((folder) => join(folder, plugin));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  const where = file === undefined ? "" : `${file}: `;
  throw new TallymanError(
    "NO_CNI_PLUGINS",
    `${where}no CNI plugin ${plugin} in ${pluginFolders.join(" or ")}`,
    { hint: "Install them: apt-get install containernetworking-plugins" },
  );
}

/** A plugin reports its error as JSON on its standard output. */
function reasonOf(error: CommandError): string {
  try {
    const { msg, details = "" } = JSON.parse(error.stdout) as { msg: string; details?: string };
    return details === "" ? msg : `${msg}: ${details}`;
  } catch {
    return error.message;
  }
}
