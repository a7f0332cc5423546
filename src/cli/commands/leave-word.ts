/** What commands need that leave word for whoever reconciles: whom it is about, who says it, and who sees to it. */
import { userInfo } from "node:os";
import { TallymanError } from "../../model/error.ts";
import type { ServiceName, StackName } from "../../model/ids.ts";
import { lockOf } from "../../runtime/exit-script.ts";
import type { RuntimePaths } from "../../runtime/types.ts";
import type { Memory } from "../../state/types.ts";
import { isTethered } from "../../sys/tether.ts";
import { commandName } from "../command-name.ts";
import type { Terminal } from "../output/terminal.ts";

/** A stack, or one service of it. */
export interface Subject {
  readonly stack: StackName;
  readonly service?: ServiceName;
}

/** @throws TallymanError `NO_SUCH_STACK`, `NO_SUCH_SERVICE` */
export function findSubject(name: string, memory: Memory): Subject {
  if (!name.includes("/")) return { stack: findStack(name, memory) };
  const { inventory } = memory;
  const found = inventory.find(({ stack, service }) => `${stack}/${service}` === name);
  if (found) return { stack: found.stack, service: found.service };
  throw new TallymanError("NO_SUCH_SERVICE", `there is no service ${name} here`, {
    hint: there([...new Set(inventory.map(({ stack, service }) => `${stack}/${service}`))]),
  });
}

/** @throws TallymanError `NO_SUCH_STACK` */
export function findStack(name: string, { inventory, rollouts }: Memory): StackName {
  const names = [...new Set([...inventory, ...rollouts].map(({ stack }) => stack))];
  const found = names.find((each) => each === name);
  if (found !== undefined) return found;
  throw new TallymanError("NO_SUCH_STACK", `there is no stack ${name} here`, { hint: there(names) });
}

/** Whoever became root for it. */
export function speaker(): string {
  return process.env["SUDO_USER"] ?? userInfo().username;
}

export function tellWhoSees(terminal: Terminal, paths: RuntimePaths): void {
  terminal.err(
    isTethered(lockOf(paths))
      ? "Whoever reconciles here sees to it.\n"
      : `Nobody reconciles here now: the next ${commandName()} reconcile sees to it.\n`,
  );
}

function there(names: readonly string[]): string {
  return names.length > 0 ? `There are: ${names.toSorted().join(", ")}.` : "Nothing runs here.";
}
