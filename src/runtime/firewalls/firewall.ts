/** A program of the host that filters what is forwarded, and has a hook for others who want something to pass. */
import type { Instance } from "../instance.ts";

/** Whose bridges, and under which names. */
export type Ours = Pick<Instance, "bridgePrefix" | "table">;

export interface Firewall {
  /** As recorded. */
  readonly name: string;
  /** Whether it is at work here and would stop what our bridges send or are sent. */
  isClosed(ours: Ours): Promise<boolean>;
  /** Lets it pass. May be repeated. */
  open(ours: Ours): Promise<void>;
  /** Takes back what `open` has done; nothing where there is nothing of it. */
  close(ours: Ours): Promise<void>;
}

/** All our bridges, those to come included, as iptables, ufw and firewalld write it. */
export function everyBridge({ bridgePrefix }: Ours): string {
  return `${bridgePrefix}+`;
}
