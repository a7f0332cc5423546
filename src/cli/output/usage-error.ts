/** What is wrong with a command line, in the form of every other error. Pure. */

/** Commands of Docker's that have no namesake here: what does the same. */
const elsewhere: Readonly<Record<string, string>> = {
  build:
    "Images are built elsewhere; `tallyman load` and `pull` take them, and `image: ./folder` an OCI layout.",
  compose:
    "`tallyman reconcile -f FOLDER` does what `docker compose up` does; the other commands have their names.",
  create: "`tallyman reconcile` makes the containers of a stack, and starts them.",
  diff: "`tallyman reconcile --dry-run` shows what differs from the stack files.",
  info: "`tallyman doctor` says what this host has.",
  ls: "`tallyman ps` lists the containers of all stacks.",
  plan: "`tallyman reconcile --dry-run` prints the plan.",
  push: "Tallyman only takes images; `tallyman save` writes one for another tool to push.",
  rm: "`tallyman down STACK` removes a stack; a service goes when it leaves the stack file.",
  status: "`tallyman ps` says what runs.",
};

/** Given the words of commander: `error: ...`, and perhaps a suggestion in brackets on a line of its own. */
export function usageErrorText(words: string, command: string): string {
  const [message = "", suggestion] = words.trim().split("\n");
  const unknown = /^error: unknown command '(.*)'$/.exec(message)?.[1];
  const known = unknown !== undefined && Object.hasOwn(elsewhere, unknown) ? elsewhere[unknown] : undefined;
  const hint =
    known ?? suggestion?.replace(/^\((.*)\)$/, "$1") ?? `\`${command} --help\` says what there is.`;
  return `${message}\n    ${hint}\n`;
}
