/** Whether containers are on CNI networks as the plugins of those have left them. */
import { checkCniNetworks, type CniFinding } from "../network/cni-check.ts";
import type { RuntimePaths } from "../types.ts";
import type { Check } from "./check.ts";

export async function checkContainersOnCni(paths: RuntimePaths): Promise<readonly Check[]> {
  const findings = await checkCniNetworks(paths);
  return findings.length === 0 ? [] : [judgeCniNetworks(findings)];
}

export function judgeCniNetworks(findings: readonly CniFinding[]): Check {
  const name = "CNI networks";
  const wrong = findings.filter(({ problem }) => problem !== undefined);
  const [first] = wrong;
  if (first === undefined) {
    return { name, status: "ok", detail: `${count(findings)} as their plugins left them (CHECK)` };
  }
  return {
    name,
    status: "warning",
    detail: `${count(wrong)} not as their plugins left them: ${first.network}: ${first.problem}`,
    remedy: "`tallyman restart` joins them again.",
  };
}

function count({ length }: readonly unknown[]): string {
  return length === 1 ? "one container is" : `${length} containers are`;
}
