/** The commands on registries. */
import type { CommandGroup } from "./group.ts";

export function addRegistries({ program, context, finish }: CommandGroup): void {
  program
    .command("login")
    .description(
      "Log in to a registry: the password is tried, and kept in Docker's config.json or its helper.",
    )
    .argument("[registry]", "its host and port", "docker.io")
    .option("-u, --username <name>", "who logs in (asked for where it is not given)")
    .option("--password-stdin", "read the password from standard input")
    .action((registry: string, flags: { readonly username?: string; readonly passwordStdin?: true }) =>
      finish(
        import("../commands/login.ts").then(({ login }) =>
          login({ registry, username: flags.username, passwordStdin: flags.passwordStdin === true }, context),
        ),
      ),
    );
  program
    .command("logout")
    .description("Forget what is kept for a registry.")
    .argument("[registry]", "its host and port", "docker.io")
    .action((registry: string) =>
      finish(import("../commands/login.ts").then(({ logout }) => logout({ registry }, context))),
    );
}
