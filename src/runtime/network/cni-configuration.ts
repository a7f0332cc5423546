/** Network configurations of the host for CNI, from which a network can be had by name (CNI specification 1.0, section 1). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf, TallymanError } from "../../model/error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";

export interface CniConfiguration {
  readonly name: string;
  readonly cniVersion: string;
  /** In the order in which they are called. */
  readonly plugins: readonly CniPlugin[];
  /** Its plugins are not to be asked whether all is as they left it. */
  readonly disableCheck?: true;
  readonly file: string;
}

export interface CniPlugin extends JsonObject {
  /** Its name. */
  readonly type: string;
}

/** What a plugin can be told of one container, where its configuration says that it listens (CNI conventions). */
export type CniCapability = "mac" | "ips" | "portMappings";

export function hasCapability({ capabilities = null }: CniPlugin, capability: CniCapability): boolean {
  return isJsonObject(capabilities) && capabilities[capability] === true;
}

const folder = "/etc/cni/net.d";

/** Sorted by file; a file that is no configuration is passed over. */
export function cniConfigurations(): readonly CniConfiguration[] {
  return filesIn(folder).flatMap((file) => parse(file) ?? []);
}

/** The first of that name. Throws NO_CNI_CONFIGURATION. */
export function cniConfiguration(name: string): CniConfiguration {
  const all = cniConfigurations();
  const found = all.find((each) => each.name === name);
  if (found !== undefined) return found;
  const names = all.map((each) => each.name).join(", ");
  throw new TallymanError("NO_CNI_CONFIGURATION", `there is no CNI configuration ${name} in ${folder}`, {
    hint: names === "" ? "Put one there that has this name." : `There are: ${names}.`,
  });
}

function filesIn(path: string): readonly string[] {
  try {
    const names = readdirSync(path).filter((name) => /\.(conflist|conf|json)$/.test(name));
    return names.sort().map((name) => join(path, name));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** A list of plugins, or one alone. */
function parse(file: string): CniConfiguration | undefined {
  const content = objectIn(file);
  const { name, cniVersion = "0.1.0", plugins = [content ?? {}], disableCheck } = content ?? {};
  if (typeof name !== "string" || typeof cniVersion !== "string" || !Array.isArray(plugins)) return undefined;
  const isWhole = plugins.length > 0 && plugins.every(isPlugin);
  if (!isWhole) return undefined;
  const isUnchecked = disableCheck === true || disableCheck === "true"; // as the specification has it
  return {
    name,
    cniVersion,
    plugins,
    file,
    ...(isUnchecked && { disableCheck: true as const }),
  };
}

function isPlugin(value: JsonValue): value is CniPlugin {
  return isJsonObject(value) && typeof value["type"] === "string";
}

function objectIn(file: string): JsonObject | undefined {
  try {
    const content = JSON.parse(readFileSync(file, "utf8")) as JsonValue;
    return isJsonObject(content) ? content : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
