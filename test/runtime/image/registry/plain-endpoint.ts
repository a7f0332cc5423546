/** A registry that nothing is configured for. */
import { endpointOf, type Endpoint } from "../../../../src/runtime/image/registry/endpoint.ts";
import { plainEntry } from "../../../../src/runtime/image/registry/hosts-file.ts";

export function plainEndpoint(registry: string): Endpoint {
  return endpointOf(registry, plainEntry, { ca: [], client: [], skipVerify: false });
}
