/** A number of replicas, or a share of them such as `25%`. */
import type { ReplicaCount } from "../../model/stack.ts";
import { type Checking, errorAt } from "../../document/checking.ts";

/** Undefined where nothing is written, or nothing that could be meant; that has been said. */
export function replicaCount(
  written: string | undefined,
  { path, checking }: { readonly path: string; readonly checking: Checking },
): ReplicaCount | undefined {
  if (written === undefined) return undefined;
  const [, digits, isShare] = /^(\d{1,5})(%?)$/.exec(written.trim()) ?? [];
  if (digits !== undefined && (isShare === "" || Number(digits) <= 100)) {
    return isShare === "" ? { count: Number(digits) } : { percent: Number(digits) };
  }
  errorAt(checking, path, {
    code: "invalid-value",
    message: `${path} is ${JSON.stringify(written)}, which is neither a number of replicas nor a share of them`,
    hint: "Write a number such as 2, or a share such as 25%.",
  });
  return undefined;
}
