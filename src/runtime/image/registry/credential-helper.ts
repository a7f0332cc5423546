/** Programs that keep passwords (`docker-credential-<name>`; docker-credential-helpers' protocol). */
import { messageOf, TallymanError } from "../../../model/error.ts";
import type { JsonValue } from "../../../model/json.ts";
import { CommandError, run } from "../../../sys/run.ts";
import { helperCredential, type Credential } from "./credential.ts";

/**
 * @param key What the registry is called there.
 * @returns Undefined where it has none. Throws CREDENTIAL_HELPER_FAILED, which never repeats what it printed to stdout.
 */
export async function askHelper(helper: string, key: string): Promise<Credential | undefined> {
  const stdout = await call(helper, "get", key);
  if (stdout === undefined) return undefined;
  try {
    return helperCredential(JSON.parse(stdout) as JsonValue);
  } catch (error) {
    if (error instanceof SyntaxError) throw failed(helper, "get", "it answers something else than JSON");
    throw error;
  }
}

/** Throws CREDENTIAL_HELPER_FAILED. */
export async function storeInHelper(
  helper: string,
  { key, username, password }: { readonly key: string; readonly username: string; readonly password: string },
): Promise<void> {
  await call(helper, "store", JSON.stringify({ ServerURL: key, Username: username, Secret: password }));
}

/** Nothing happens where it has none. Throws CREDENTIAL_HELPER_FAILED. */
export async function eraseFromHelper(helper: string, key: string): Promise<void> {
  await call(helper, "erase", key);
}

const timeoutMs = 30_000;
const maxOutputBytes = 1024 * 1024;

/** What it prints; undefined where it says that it has nothing. */
async function call(
  helper: string,
  verb: "get" | "store" | "erase",
  input: string,
): Promise<string | undefined> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(helper)) throw failed(helper, verb, "that is not a helper's name");
  const env = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  try {
    const options = { input, env, timeoutMs, maxOutputBytes, withChildren: true };
    return (await run(`docker-credential-${helper}`, [verb], options)).stdout;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (/credentials not found/i.test(error.stdout + error.stderr)) return undefined;
    const isQuiet = error.code === "COMMAND_FAILED" && error.stderr.trim() === "";
    const why = isQuiet ? `it ends with exit code ${error.exitCode ?? "?"}` : messageOf(error);
    throw failed(helper, verb, why.slice(0, 500));
  }
}

function failed(helper: string, verb: string, why: string): TallymanError {
  return new TallymanError("CREDENTIAL_HELPER_FAILED", `docker-credential-${helper} ${verb}: ${why}`, {
    hint: "Install or mend it, or take it out of credHelpers and credsStore of Docker's config.json.",
  });
}
