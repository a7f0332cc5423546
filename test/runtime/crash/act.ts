/** A program to be killed: opens the runtime and does one thing with it. */
import { openRuntime } from "../../../src/runtime/open.ts";
import type { CreateRequest, Runtime, RuntimePaths } from "../../../src/runtime/types.ts";
import { countCrashPoints } from "../../support/crash-points.ts";

export type Act =
  /** What the opening itself does. */
  | { readonly kind: "open" }
  | { readonly kind: "create"; readonly request: CreateRequest }
  | { readonly kind: "start" | "stop" | "remove"; readonly request: CreateRequest }
  | { readonly kind: "pull"; readonly reference: string };

export interface ActOrder {
  readonly paths: RuntimePaths;
  readonly act: Act;
}

const [order = ""] = process.argv.slice(2);
if (order !== "") {
  const { paths, act } = JSON.parse(order) as ActOrder;
  if (act.kind === "open") countCrashPoints();
  await using runtime = await openRuntime(paths);
  countCrashPoints();
  await perform(runtime, act);
}

async function perform(runtime: Runtime, act: Act): Promise<unknown> {
  switch (act.kind) {
    case "open":
      return undefined;
    case "create":
      return runtime.create(act.request);
    case "pull":
      return runtime.images.pull(act.reference);
    case "start":
    case "stop":
    case "remove":
      return runtime[act.kind](act.request.id);
  }
}
