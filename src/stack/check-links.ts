/** Whether the services that a service links to are there, and can be reached. */
import { type Checking, errorAt } from "../document/checking.ts";
import { nearest } from "../model/nearest.ts";
import type { CanonicalService, CanonicalStack } from "./canonical-stack.ts";
import { linksOf } from "./links.ts";
import { networkKeys } from "./network-keys.ts";

export function checkLinks(
  service: CanonicalService,
  { path, checking, stack }: { path: string; checking: Checking; stack: CanonicalStack },
): void {
  linksOf(service).forEach(({ service: name }, index) => {
    const at = `${path}.links[${index}]`;
    const linked = Object.hasOwn(stack.services, name) ? stack.services[name] : undefined;
    if (linked === undefined) {
      if (checking.findings.isBroken(`services.${name}`)) return;
      const meant = nearest(name, Object.keys(stack.services));
      errorAt(checking, at, {
        code: "unknown-service",
        message: `${at} names ${name}, which is ${stack.inactive.includes(name) ? "left out" : "no service of this stack"}`,
        hint: meant === undefined ? "Add the service, or remove the link." : `Did you mean \`${meant}\`?`,
      });
    } else if (!networkKeys(service).some((network) => networkKeys(linked).includes(network))) {
      errorAt(checking, at, {
        code: "conflicting-keys",
        message: `${at} names ${name}, which is on none of the networks of ${path}`,
        hint: "Put both on one network, or remove the link.",
      });
    }
  });
}
