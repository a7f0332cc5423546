/** Whether two services answer to one name because one of them has it as its `hostname`. */
import { type Checking, warningAt } from "../document/checking.ts";
import type { CanonicalService, CanonicalStack } from "./canonical-stack.ts";
import { networkKeys } from "./network-keys.ts";

/** Only where somebody can ask for both. That two have one alias is how several services are put behind a name. */
export function checkHostNames({ services }: CanonicalStack, checking: Checking): void {
  const all = Object.entries(services);
  const answering = new Map<string, readonly (readonly [string, CanonicalService])[]>();
  const answer = (name: string, each: readonly [string, CanonicalService]): void => {
    const key = name.toLowerCase();
    answering.set(key, [...(answering.get(key) ?? []), each]);
  };
  for (const each of all) answer(each[0], each);
  for (const each of all) {
    const [name, service] = each;
    const { hostname } = service;
    if (hostname === undefined) continue;
    const networks = networkKeys(service);
    const other = answering
      .get(hostname.toLowerCase())
      ?.find(([of, it]) => of !== name && networkKeys(it).some((key) => networks.includes(key)));
    if (other !== undefined) {
      warningAt(checking, `services.${name}.hostname`, {
        code: "shared-name",
        message: `services.${name}.hostname is ${hostname}, and services.${other[0]} answers to that name, too`,
        hint: "Give one of them another hostname; where both are meant, write an alias for both.",
      });
    }
    answer(hostname, each);
  }
}
