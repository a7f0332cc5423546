/** How the user called this program, for commands that can be copied: the launcher tells. */
export function commandName(): string {
  return process.env["TALLYMAN_COMMAND"] ?? "tallyman";
}
