/** The commands of `post_start` and `pre_stop`. */
import type { ContainerSpec } from "../../model/container-spec.ts";
import type { Hook } from "../../model/hook.ts";
import { type Checking, errorAt } from "../../document/checking.ts";
import type { CanonicalHook } from "../canonical-hooks.ts";
import type { CanonicalService } from "../canonical-stack.ts";

interface HookContext {
  readonly path: string;
  readonly checking: Checking;
}

export function hooksOf(
  { post_start: postStart, pre_stop: preStop }: CanonicalService,
  { path, checking }: HookContext,
): Pick<ContainerSpec, "postStart" | "preStop"> {
  const all = (key: string, hooks: readonly CanonicalHook[]): readonly Hook[] =>
    hooks.map((hook, index) => hookOf(hook, { path: `${path}.${key}[${index}]`, checking }));
  return {
    ...(postStart !== undefined && { postStart: all("post_start", postStart) }),
    ...(preStop !== undefined && { preStop: all("pre_stop", preStop) }),
  };
}

/** Says where it has no command. */
export function hookOf(hook: CanonicalHook, { path, checking }: HookContext): Hook {
  const { command, environment = {}, user, working_dir: workingDir, privileged = false } = hook;
  if (command === null || command === undefined || command.length === 0) {
    errorAt(checking, `${path}.command`, {
      code: "invalid-value",
      message: `${path}.command is empty`,
      hint: 'Write what to run, such as ["sh", "-c", "..."].',
    });
  }
  return {
    command: command ?? [],
    // One without a value is the container's own.
    environment: Object.fromEntries(
      Object.entries(environment).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    ),
    ...(user !== undefined && { user }),
    ...(workingDir !== undefined && { workingDir }),
    privileged,
  };
}
