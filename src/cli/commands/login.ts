/** `login`, `logout`: what registries are asked with. */
import { TallymanError } from "../../model/error.ts";
import { parseRegistry } from "../../runtime/image/reference.ts";
import { logIn, logOut } from "../../runtime/image/registry/login.ts";
import { exitCode, type ExitCode } from "../exit-code.ts";
import { ask, readPassword } from "../ask.ts";
import type { CommandContext } from "./context.ts";

export interface LoginOptions {
  readonly registry: string;
  readonly username: string | undefined;
  readonly passwordStdin: boolean;
}

export async function login(options: LoginOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, signal } = context;
  const { registries } = await context.settings();
  const registry = parseRegistry(options.registry);
  if (options.passwordStdin && options.username === undefined) {
    throw new TallymanError("USER_MISSING", "--password-stdin needs to know whose password it is", {
      hint: "Say so with --username.",
    });
  }
  const username = options.username ?? (await ask("Username: ", { signal, isSecret: false }));
  const password = options.passwordStdin
    ? await readPassword(process.stdin)
    : await ask("Password: ", { signal, isSecret: true });
  if (username === "" || username.includes(":") || password === "") {
    throw new TallymanError("USER_MISSING", "a user without `:` in its name, and a password, are needed", {
      hint: "Nothing was kept.",
    });
  }
  const place = await logIn({ registry, username, password }, registries, { signal });
  terminal.out(`Logged in to ${registry} as ${username}; kept in ${place}.\n`);
  return exitCode.done;
}

export async function logout(
  options: Pick<LoginOptions, "registry">,
  { terminal, settings }: CommandContext,
): Promise<ExitCode> {
  const { registries } = await settings();
  const registry = parseRegistry(options.registry);
  const place = await logOut(registry, registries);
  terminal.out(
    place === undefined
      ? `Nothing was kept for ${registry}.\n`
      : `Logged out of ${registry}: taken out of ${place}.\n`,
  );
  return exitCode.done;
}
