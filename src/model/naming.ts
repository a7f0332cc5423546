/** What containers and services are called on their networks. Plain data. */

export interface Naming {
  /** Of the container alone. */
  readonly names: readonly string[];
  readonly service?: ServiceNaming;
}

export interface ServiceNaming {
  /** Tells it from every other service on this host: `hello/web`. */
  readonly id: string;
  /** They lead to any of its replicas that is ready. */
  readonly names: readonly string[];
  /** They list all of its replicas. */
  readonly memberNames: readonly string[];
  /** Whether it has an address of its own; else its names list its ready replicas. */
  readonly mode: "vip" | "dnsrr";
}
