/** Turns the runtime's words into an error that says what to do. */
import { TallymanError } from "../../../model/error.ts";
import { CreateRefusedError } from "./monitor.ts";

export interface RefusedCommand {
  readonly image: string;
  readonly args: readonly string[];
}

/** The error to throw in place of `error`: other ones than refusals pass unchanged. */
export function explainRefusal(error: unknown, { image, args }: RefusedCommand): unknown {
  if (!(error instanceof CreateRefusedError)) return error;
  const words = error.message;
  const command = JSON.stringify(args[0] ?? "");
  if (/executable file .*not found|exec: .*no such file or directory/.test(words)) {
    return commandNotFound(image, args[0] ?? "", error);
  }
  if (/exec: .*(permission denied|is a directory)/.test(words)) {
    return new TallymanError("COMMAND_NOT_EXECUTABLE", `${image}: ${command} is not an executable file`, {
      hint: "Make it executable in the image, or run it with its interpreter.",
      cause: error,
    });
  }
  return new TallymanError("CREATE_REFUSED", `${image} could not be made to run: ${words}`, {
    hint: "These are the words of the OCI runtime; `tallyman doctor` checks the host.",
    cause: error,
  });
}

export function commandNotFound(image: string, command: string, cause?: unknown): TallymanError {
  return new TallymanError(
    "COMMAND_NOT_FOUND_IN_IMAGE",
    `${image} has no command ${JSON.stringify(command)}`,
    {
      hint: "Correct `command` or `entrypoint`; a shell line needs a shell in front: sh -c.",
      cause,
    },
  );
}
