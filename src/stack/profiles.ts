/** Leaves out services that belong to profiles: none can be active yet, and without one Compose does not run them. */
import type { CanonicalStack } from "./canonical-stack.ts";
import { type Checking, warningAt } from "../document/checking.ts";

export function leaveOutProfiles(stack: CanonicalStack, checking: Checking): CanonicalStack {
  const isActive = (name: string): boolean => (stack.services[name]?.profiles ?? []).length === 0;
  const inactive = Object.keys(stack.services).filter((name) => !isActive(name));
  for (const name of inactive) {
    warningAt(checking, `services.${name}.profiles`, {
      code: "unsupported-key",
      message: `services.${name} is left out: it belongs to profiles, which cannot be activated yet`,
      hint: "Remove profiles to run the service always.",
    });
  }
  const services = Object.fromEntries(Object.entries(stack.services).filter(([name]) => isActive(name)));
  return { ...stack, services, inactive };
}
