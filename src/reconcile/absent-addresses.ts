/** Ports published on addresses that the host does not have: a mistake, or an address that is to float here. Pure. */
import type { Diagnostic } from "../model/diagnostic.ts";
import { placeOf } from "../model/places.ts";
import { isHostAddress } from "../model/host-address.ts";
import type { Desired } from "./types.ts";

/** A warning for each: nothing is wrong with it when the address comes. */
export function absentAddresses({ stacks }: Desired, present: readonly string[]): readonly Diagnostic[] {
  return stacks.flatMap(({ stack }) =>
    stack.services.flatMap(({ name, ports }) =>
      ports.flatMap(({ hostAddress }, index): readonly Diagnostic[] => {
        if (isHostAddress(hostAddress, present)) return [];
        const path = `services.${name}.ports[${index}]`;
        const place = placeOf(stack.places, path);
        const message = `${path} is published on ${hostAddress}, which no link of this host that is up has now`;
        const hint = "Nobody reaches it before a link that is up has that address; `ip address` lists both.";
        return [
          {
            severity: "warning",
            code: "absent-address",
            message,
            hint,
            path,
            ...(place !== undefined && { place }),
          },
        ];
      }),
    ),
  );
}
