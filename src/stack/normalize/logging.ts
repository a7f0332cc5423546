/** `logging`: how much of a container's output is kept. Where it is kept is ours to say. */
import type { LogLimits } from "../../model/container-spec.ts";
import type { CanonicalService } from "../canonical-stack.ts";
import { type Checking, errorAt, warningAt } from "../../document/checking.ts";
import { parseSize } from "../../document/size.ts";

/** Drivers of Docker that keep the output on this host, for `docker logs`. */
const ours = ["json-file", "local"];

/** Below it, rotating would be all that is done. */
const minSizeBytes = 64 * 1024;

export function logLimits(
  { driver = "local", options = {} }: NonNullable<CanonicalService["logging"]>,
  { path, checking }: { readonly path: string; readonly checking: Checking },
): LogLimits {
  if (!ours.includes(driver)) {
    warningAt(checking, `${path}.logging.driver`, {
      code: "unsupported-value",
      message: `${path}.logging.driver is ${JSON.stringify(driver)}, which is not supported; the output is kept on this host`,
      hint: "Write local, or remove driver; `tallyman logs` shows the output.",
    });
  }
  const { "max-size": size, "max-file": maxFiles } = options;
  const maxSizeBytes = size === undefined ? undefined : parseSize(size);
  if (maxSizeBytes !== undefined && maxSizeBytes < minSizeBytes) {
    errorAt(checking, `${path}.logging.options.max-size`, {
      code: "invalid-value",
      message: `${path}.logging.options.max-size is ${JSON.stringify(size)}, which is less than 64k`,
      hint: "Write 64k or more, such as 10m.",
    });
  }
  if (maxFiles !== undefined && maxFiles < 1) {
    errorAt(checking, `${path}.logging.options.max-file`, {
      code: "invalid-value",
      message: `${path}.logging.options.max-file is ${maxFiles}, which keeps nothing`,
      hint: "Write 1 or more.",
    });
  }
  return { ...(maxSizeBytes !== undefined && { maxSizeBytes }), ...(maxFiles !== undefined && { maxFiles }) };
}
