/** The process of an exec: the container's own, with what the request says over it. Pure. */
import { TallymanError } from "../../model/error.ts";
import type { OciProcess } from "../container/spec/oci-spec.ts";
import { workingDirIn } from "../container/spec/process.ts";
import { resolveUser, type UserFiles } from "../container/spec/user.ts";
import type { ExecRequest } from "./request.ts";

export interface ExecCircumstances {
  /** Of the container, as it is now. */
  readonly userFiles: UserFiles;
  /** That we have, and so can give. */
  readonly capabilities: readonly string[];
}

/** Throws NO_COMMAND, UNKNOWN_USER, BAD_WORKING_DIR. */
export function execProcess(
  own: OciProcess,
  request: ExecRequest,
  { userFiles, capabilities }: ExecCircumstances,
): OciProcess {
  if (request.command.length === 0) throw new TallymanError("NO_COMMAND", "there is no command to run");
  const terminal = request.terminal;
  const user = request.user === undefined ? undefined : resolveUser(request.user, userFiles);
  return {
    ...own,
    terminal: terminal !== undefined,
    ...(terminal && { consoleSize: { width: terminal.columns, height: terminal.lines } }),
    args: request.command,
    cwd: request.workingDir === undefined ? own.cwd : workingDirIn(request.workingDir),
    env: environmentOf(own.env, {
      ...(terminal && !own.env.some(isNamed("TERM")) && { TERM: "xterm" }),
      ...(user && hasOwnHome(own, userFiles) && { HOME: user.home }),
      ...request.environment,
    }),
    ...(user && { user: { uid: user.uid, gid: user.gid, additionalGids: user.groups } }),
    ...(request.privileged === true && {
      capabilities: {
        ...own.capabilities,
        bounding: capabilities,
        permitted: capabilities,
        effective: capabilities,
      },
    }),
  };
}

const isNamed = (name: string) => (entry: string) => entry.startsWith(`${name}=`);

/** Whether HOME is the one of its user, and so goes with the user: neither image nor service has set another. */
function hasOwnHome({ user, env }: OciProcess, files: UserFiles): boolean {
  return env.includes(`HOME=${resolveUser(`${user.uid}`, files).home}`);
}

function environmentOf(own: readonly string[], over: Readonly<Record<string, string>>): readonly string[] {
  const kept = own.filter((entry) => !Object.keys(over).some((name) => isNamed(name)(entry)));
  return [...kept, ...Object.entries(over).map(([name, value]) => `${name}=${value}`)].sort();
}
